"""What machines are told of a run: log, metrics, pings. A run never waits long for any of them."""
