from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config import xml
from gateway.config.errors import ConfigBroken, ConfigUnreadable
from gateway.config.model import Config

GOOD = b"""<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE config SYSTEM "config.dtd">
<config>
  <hostname>mx.example.com</hostname>
  <!-- a comment -->
  <listeners>
    <listener>
      <listener_name>InboundMail</listener_name>
      <ip>0.0.0.0</ip>
      <port>25</port>
      <accepted_domains><domain>Example.COM</domain><domain>b\xfccher.example</domain></accepted_domains>
      <implicit_tls>no</implicit_tls>
    </listener>
  </listeners>
  <smtp_routes>
    <smtp_route>
      <domain>ALL</domain>
      <hosts><host><hostname>10.0.2.2</hostname><port>2525</port></host></hosts>
    </smtp_route>
  </smtp_routes>
</config>
"""


def problems(text: bytes) -> str:
    with pytest.raises(ConfigBroken) as caught:
        xml.loads(text)
    return str(caught.value)


def test_the_incumbents_shape() -> None:
    config = xml.loads(GOOD)
    (listener,) = config.listeners
    assert listener.accepted_domains == ["example.com", "bücher.example"]
    assert config.smtp_routes[0].hosts[0].port == 2525


def test_what_is_written_reads_the_same(tmp_path: Path) -> None:
    config = xml.loads(GOOD)
    path = tmp_path / "config.xml"
    xml.save(config, path)
    text = path.read_bytes()
    assert text.startswith(
        b'<?xml version="1.0" encoding="ISO-8859-1"?>\n<!DOCTYPE config SYSTEM "config.dtd">\n<config>'
    )
    assert xml.load(path) == config
    assert [p.name for p in tmp_path.iterdir()] == ["config.xml"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            b"<port>25</port>",
            b"<prot>25</prot>",
            ["line 10:", "<listeners/1/prot>", "did you mean <port>", "Allowed:"],
        ),
        (b"<port>25</port>", b"<port>99999</port>", ["line 10:", "<listeners/1/port>", "65535", "99999"]),
        (b"<port>25</port>", b"<port>x</port>", ["line 10:", "valid integer"]),
        (b"<port>25</port>", b"<port>25</port><port>26</port>", ["is there twice"]),
        (b"<port>25</port>", b"<port a='1'>25</port>", ["attribute a"]),
        (b"<listener_name>InboundMail</listener_name>", b"", ["line 7:", "listener_name> is missing"]),
        (b"<listener_name>InboundMail<", b"<listener_name>Inbound Mail<", ["letter or underscore"]),
        (b"<implicit_tls>no", b"<implicit_tls>perhaps", ["line 12:", "boolean"]),
        (b"<hostname>mx.example.com</hostname>", b"", ["hostname> is missing"]),
        (b"<ip>0.0.0.0</ip>", b"<ip>1.2.3</ip>", ["line 9:", "1.2.3"]),
        (b"</config>", b"", ["not well-formed"]),
        (b"<domain>ALL", b"<domain>&amp;", ["line 17:", "host name"]),
        (b"<config>", b"<conf>", ["not well-formed"]),
    ],
)
def test_problems_name_line_element_and_what_is_allowed(old: bytes, new: bytes, expected: list[str]) -> None:
    assert old in GOOD
    told = problems(GOOD.replace(old, new, 1))
    for part in expected:
        assert part in told


def test_all_problems_at_once() -> None:
    told = problems(GOOD.replace(b"<port>25<", b"<port>0<").replace(b"0.0.0.0", b"x"))
    assert told.count("line ") == 2


def test_entities_are_not_expanded() -> None:
    laughs = b'<!DOCTYPE config [<!ENTITY a "mx.example.com"><!ENTITY b SYSTEM "file:///etc/passwd">]>'
    text = GOOD.replace(b'<!DOCTYPE config SYSTEM "config.dtd">', laughs).replace(
        b"mx.example.com<", b"&b;<", 1
    )
    assert "must not declare entities" in problems(text)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigUnreadable) as caught:
        xml.load(tmp_path / "none.xml")
    assert "no such file" in str(caught.value)


@given(
    st.binary(max_size=200)
    | st.text(max_size=100).map(lambda t: f"<config><hostname>{t}</hostname></config>".encode())
)
def test_anything_is_a_configuration_or_a_problem(text: bytes) -> None:
    try:
        config = xml.loads(text)
    except ConfigBroken as error:
        assert error.hint()
    else:
        assert isinstance(config, Config)


def test_comments_stand_anywhere() -> None:
    text = b"<config><!-- a --><hostname>mx<!-- b -->.example<?c d?>.com</hostname></config>"
    assert xml.loads(text).hostname == "mx.example.com"
