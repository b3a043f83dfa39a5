from __future__ import annotations

import pytest

from hwmgmt.quota.project import Usage
from mailward.version import Version
from tests.upgrade.migrations.certificates import NOW, authority
from upgrade.catalogue.catalogue import catalogue
from upgrade.preflight import configuration
from upgrade.preflight.check import Severity

RELEASE = catalogue().get(Version.parse("14.2.3-027"))
OLD, RECENT = Version.parse("13.5.4-038"), Version.parse("14.2.1-020")


def config(inner: str) -> bytes:
    return f"<config>{inner}</config>".encode()


@pytest.mark.parametrize(
    ("text", "severity"), [("", Severity.PASS), ("no", Severity.PASS), ("yes", Severity.BLOCK)]
)
def test_u9_fips(text: str, severity: Severity) -> None:
    assert configuration.fips(config(f"<fips_mode>{text}</fips_mode>"), RELEASE).severity is severity


def test_u10_levels_are_a_warning_to_who_comes_from_before() -> None:
    differ = config("<multi_scan><level>cluster</level></multi_scan>")
    answer = configuration.graymail(differ, RELEASE, OLD)
    assert answer.severity is Severity.WARN and "review" in answer.remedy
    assert configuration.graymail(differ, RELEASE, RECENT).severity is Severity.PASS
    assert configuration.graymail(config(""), RELEASE, OLD).severity is Severity.PASS


@pytest.mark.parametrize(
    ("model", "severity"), [("C170", Severity.BLOCK), ("C195", Severity.PASS), ("", Severity.WARN)]
)
def test_u12_members_that_cannot_run_it(model: str, severity: Severity) -> None:
    member = f"<member><member_name>mx2</member_name><model>{model}</model></member>"
    answer = configuration.cluster(config(f"<cluster><members>{member}</members></cluster>"), RELEASE)
    assert answer.severity is severity
    assert "mx2" in answer.finding or severity is Severity.PASS


def test_u19_certificates_are_told_beforehand() -> None:
    inner = "<certificate_authorities><authorities><authority>{}</authority></authorities></certificate_authorities>"

    def judge(pem: str) -> Severity:
        return configuration.foreseen(
            config(inner.format(pem)), ["ca-certificates"], NOW, fine="", remedy=""
        ).severity

    assert judge(authority("Late", days=-1)) is Severity.WARN
    assert judge(authority("Good")) is Severity.PASS


def test_u21_a_filter_about_to_go_inactive_is_told() -> None:
    rule = 'sdr-age ("years", &lt;, 1, "")'
    inner = f"<message_filters><filter><filter_name>young</filter_name><rule>{rule}</rule></filter></message_filters>"
    answer = configuration.foreseen(config(inner), ["sender-maturity"], NOW, fine="", remedy="see")
    assert answer.severity is Severity.WARN and "filter young" in answer.finding


def test_u20_buffers_beside_what_is_there() -> None:
    inner = "<log_subscriptions><log_subscription><disk_buffer>{}</disk_buffer></log_subscription></log_subscriptions>"
    usage = Usage(used=3 << 30, limit=(3 << 30) + (1 << 29), files=0)
    assert configuration.syslog(config(inner.format(1 << 20)), usage).severity is Severity.PASS
    # 5 GB become 1 GB, and half of that is there.
    answer = configuration.syslog(config(inner.format(5 << 30)), usage)
    assert answer.severity is Severity.BLOCK and answer.finding.startswith("512 MiB too little")
    assert configuration.syslog(config(""), usage).severity is Severity.PASS
