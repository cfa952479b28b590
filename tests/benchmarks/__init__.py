"""Figures for people: run by ``make bench``, never asserted in the test suite."""
