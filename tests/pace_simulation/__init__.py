"""The law of the pace against servers that limit, on a virtual clock: figures and floors."""
