"""The rules, as values in and values out: no files, no network, no clock."""
