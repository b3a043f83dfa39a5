"""What the console's commands do. The table (`gateway.console.entries`) names each handler; nothing imports another."""
