"""Mail-flow commands of the console against the real mail service."""

from pathlib import Path

import pytest

from gateway.service.channel import RemoteError
from gateway.service.client import ControlClient
from tests.gateway.console.scripted import Console
from tests.gateway.service.running import CONFIG, Service


@pytest.mark.process
def test_a_queue_is_filled_looked_at_and_emptied(tmp_path: Path) -> None:
    (tmp_path / "service").mkdir()
    with Service(tmp_path / "service", 9) as service:
        console = Console(tmp_path / "machine", config=CONFIG.format(port=service.port, relay=9, more=""))
        console.desk.service = lambda timeout: ControlClient(service.control, timeout)
        assert console.batch("suspenddel", "0")["delivery_suspended"] is True
        for number in range(4):
            with service.client() as client:
                client.sendmail(
                    f"a{number}@b.example", [f"x{number}@example.com"], "Subject: hi\r\n\r\nhi\r\n"
                )
        assert console.batch("status")["messages"] == 4
        assert "System status:  Delivery suspended" in console.text("status", "detail")
        assert console.batch("showrecipients", "host", "example.com")["count"] == 4
        shown = console.dialogue("deleterecipients", "2", "a0@b.example", "y")
        assert "Delete: 1 message." in shown
        mid = console.batch("oldmessage")["mid"]
        assert "Subject: hi" in console.text("showmessage", str(mid))
        assert console.batch("removemessage", str(mid), "--yes") == {"done": 1, "busy": 0}
        with pytest.raises(RemoteError):
            console.batch("showmessage", str(mid))
        assert console.batch("redirectrecipients", "127.0.0.1:9", "all", "--yes")["done"] == 2
        assert console.batch("bouncerecipients", "all", "--yes")["done"] == 2
        assert "InboundMail" in console.dialogue("suspendlistener", "2", "0")
        assert console.batch("resumelistener")["suspended_listeners"] == []
        assert console.batch("workqueue", "pause")["paused"] is True
        assert console.batch("workqueue", "resume")["paused"] is False
        assert len(console.batch("rate", "count=1")) == 1
        assert console.batch("tophosts", "active_recipients") is not None
        assert console.batch("resetcounters") == {"reset": True}
