"""The edge of MTA-STS: policies over HTTPS, and a file that keeps them over a restart."""

from __future__ import annotations

import asyncio
import http.client
import io
import json
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from gateway.delivery.mtasts import LARGEST_POLICY, FetchFailed, KeptPolicy, StsMode, StsPolicy

LARGEST_REPLY = LARGEST_POLICY + 16_384  # header included
DEADLINE = 60.0  # seconds, RFC 8461 §3.3


class Addresses(Protocol):
    """Turns a host name into addresses to try, in order; empty where there are none."""

    async def __call__(self, host: str) -> Sequence[str]: ...


class HttpsFetcher:
    """Gets policies as RFC 8461 §3.3 wants it: certificate checked, no redirect, no HTTP cache.

    Args:
        addresses: how to find the web server; the system's own DNS settings are never used.
        context: verifies certificates and host names.
    """

    def __init__(
        self, addresses: Addresses, context: ssl.SSLContext, *, port: int = 443, deadline: float = DEADLINE
    ) -> None:
        self._addresses = addresses
        self._context = context
        self._port = port
        self._deadline = deadline

    async def fetch(self, domain: str) -> str:
        """See `mtasts.Fetcher.fetch`."""
        host = f"mta-sts.{domain}"
        reason = f"{host} has no address"
        try:
            async with asyncio.timeout(self._deadline):
                for address in await self._addresses(host):
                    try:
                        return read_response(await self._get(host, address))
                    except (OSError, ssl.SSLError, ValueError) as error:
                        reason = f"{address}: {error}"
        except TimeoutError as error:
            raise FetchFailed(domain=domain, reason=f"no answer within {self._deadline:g} s") from error
        raise FetchFailed(domain=domain, reason=reason)

    async def _get(self, host: str, address: str) -> bytes:
        reader, writer = await asyncio.open_connection(
            address, self._port, ssl=self._context, server_hostname=host, limit=LARGEST_REPLY
        )
        try:
            writer.write(
                f"GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: {host}\r\n"
                "Connection: close\r\nAccept: text/plain\r\nUser-Agent: Mailward\r\n\r\n".encode("ascii")
            )
            raw = b""
            while len(raw) <= LARGEST_REPLY and (block := await reader.read(16_384)):
                raw += block
            return raw
        finally:
            writer.transport.abort()


class _Canned:
    """Gives `http.client` the bytes of a reply that has already arrived."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._raw)


def read_response(raw: bytes) -> str:
    """The policy text in an HTTP reply. Raises ValueError for anything but a complete 200 in text/plain."""
    if len(raw) > LARGEST_REPLY:
        raise ValueError(f"the reply has more than {LARGEST_REPLY} octets")
    response = http.client.HTTPResponse(_Canned(raw))  # type: ignore[arg-type]  # it only calls makefile
    try:
        response.begin()
        body = response.read()
    except http.client.HTTPException as error:
        raise ValueError(f"malformed reply: {type(error).__name__}") from error
    if response.status != 200:
        raise ValueError(f"status {response.status}")
    kind = (response.getheader("Content-Type") or "").split(";")[0].strip().lower()
    if kind != "text/plain":
        raise ValueError(f"content type {kind or 'missing'}")
    if len(body) > LARGEST_POLICY:
        raise ValueError(f"the policy has more than {LARGEST_POLICY} octets")
    return body.decode("utf-8")


class JsonPolicyStore:
    """Policies in one JSON file of one worker, replaced whole, so a crash leaves the old or the new one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: dict[str, KeptPolicy] = {}

    def load(self) -> list[KeptPolicy]:
        """See `mtasts.PolicyStore.load`; a file that cannot be read is the same as none."""
        try:
            entries = json.loads(self._path.read_text("utf-8"))
            kept = [_from_json(entry) for entry in entries]
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            # Lost protection until the next fetch is better than a service that does not start.
            kept = []
        self._kept = {policy.domain: policy for policy in kept}
        return kept

    def save(self, kept: KeptPolicy) -> None:
        """See `mtasts.PolicyStore.save`. Raises OSError."""
        self._kept[kept.domain] = kept
        beside = self._path.with_suffix(".new")
        beside.write_text(json.dumps([_to_json(policy) for policy in self._kept.values()]), "utf-8")
        beside.replace(self._path)


def _to_json(kept: KeptPolicy) -> dict[str, object]:
    policy = kept.policy
    return {
        "domain": kept.domain,
        "id": kept.id,
        "expires": kept.expires,
        "mode": policy.mode.value,
        "max_age": policy.max_age,
        "mx": list(policy.hosts),
    }


def _from_json(entry: dict[str, object]) -> KeptPolicy:
    hosts = entry["mx"]
    if not isinstance(hosts, list):
        raise TypeError("mx is not a list")
    policy = StsPolicy(StsMode(str(entry["mode"])), int(str(entry["max_age"])), tuple(map(str, hosts)))
    return KeptPolicy(str(entry["domain"]), str(entry["id"]), policy, float(str(entry["expires"])))
