"""The administrator's console (A1): `mailward console`, and every command of it as `mailward COMMAND`.

One table says what there is (`table`, `entries`); a handler in `commands` says what it does, as questions and
operations (`questions`, `handlers`, `listing`, `settings`). The loop (`shell`, `terminal`), the batch form (`batch`),
help, completion and the documentation are made of these two. A command that edits a list of the configuration is

    # gateway/console/entries/network.py
    Command("dnsconfig", Category.NETWORK, Right.SHOW, "Name servers.", f"{HERE}.dns:DNSCONFIG", commit=True),

    # gateway/console/commands/dns.py
    SERVERS = Listing(
        ("dns", "servers"), "name server", "ip",
        (of_field(DnsServer, "ip", "Please enter the IP address of your DNS server."),),
        element=DnsServer,
    )
    DNSCONFIG = Menu(SERVERS.show, *SERVERS.operations())

and has then its dialogue, its inline form ``dnsconfig new ip=192.0.2.53``, its batch form
``mailward dnsconfig new --ip 192.0.2.53 --json``, its help and its completion. Handlers see a `Call` and nothing
else: it asks, says, reads the configuration and changes it, and its `desk` has the mail service and programs. Tests
give a `Desk` of their own and answers from a list (tests/gateway/console/scripted.py).
"""
