"""The four verbs of a run: stage, plan, send, finish. They build nothing; parts are handed in."""
