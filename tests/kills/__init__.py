"""Real commands, killed over and over: what holds afterwards, by the log of the server."""
