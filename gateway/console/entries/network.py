"""The appliance's own network, the clock, and looking at the network."""

from gateway.console.roles import Right
from gateway.console.table import Category, Command

HERE = "gateway.console.commands"


def _config(name: str, module: str, summary: str, *, right: Right = Right.SHOW) -> Command:
    return Command(name, Category.NETWORK, right, summary, f"{HERE}.{module}:{name.upper()}", commit=True)


def _tool(name: str, summary: str, *, stream: bool = True, right: Right = Right.TEST) -> Command:
    return Command(name, Category.TOOLS, right, summary, f"{HERE}.tools:{name.upper()}", stream=stream)


ENTRIES = (
    _config("sethostname", "host", "Set the name of this machine.", right=Right.CONFIGURE),
    _config("interfaceconfig", "network", "IP interfaces."),
    _config("etherconfig", "network", "Ethernet ports, pairs and VLANs."),
    _config("routeconfig", "network", "Static routes."),
    _config("setgateway", "network", "Default gateway.", right=Right.CONFIGURE),
    _config("dnsconfig", "dns", "Name servers."),
    Command(
        "dnsflush", Category.NETWORK, Right.SYSTEM, "Forget cached DNS answers.", f"{HERE}.machine:DNSFLUSH"
    ),
    _config("ntpconfig", "clock", "Time servers."),
    _config("settz", "clock", "Time zone.", right=Right.CONFIGURE),
    Command("settime", Category.NETWORK, Right.SYSTEM, "Set the clock by hand.", f"{HERE}.clock:SETTIME"),
    _tool("nslookup", "Ask DNS.", stream=False),
    _tool("ping", "Ping a host."),
    _tool("ping6", "Ping a host over IPv6."),
    _tool("traceroute", "The route to a host."),
    _tool("telnet", "A connection to a port of a host."),
    _tool("netstat", "Connections, interfaces, routes.", stream=False),
    _tool("packetcapture", "Record packets to a file.", stream=False, right=Right.SYSTEM),
    Command(
        "diagnostic",
        Category.TOOLS,
        Right.SYSTEM,
        "Network, services, RAID and hardware checks.",
        f"{HERE}.support:DIAGNOSTIC",
    ),
)
