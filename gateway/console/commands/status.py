"""Commands of the mail service's own, with what the console asks for."""

from __future__ import annotations

from gateway.commands import status
from gateway.console.clicked import Clicked

STATUS = Clicked(status.status)
