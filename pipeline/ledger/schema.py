"""Tables of the ledger, as numbered migrations.

A migration that was released is never edited: the next one changes what it made. Each records
itself in ``user_version`` in the same transaction.

``rows.id`` is ``run_no << 32 | row``: one key gives a run's rows in sheet order and joins a row by
identity, never by position. ``leader`` names the row whose sending a row shares: an equal
duplicate, a further line item of an order, or another side of a conflict. ``origin_run`` and
``origin_row`` name the row of an earlier run that a row of a results sheet once was.

``orders`` holds, per target and key, who may send to an order and what was last confirmed:
``newest_run`` the run begun last that wants the order; ``holder_run`` the run that is sending now;
``sent_fp``/``ok_fp`` the fingerprints of the payload sent last and confirmed last (``ok_fp`` is
empty as soon as another payload may be on its way); ``open_until`` the moment until which a
request of ours may still be open.

``runs.options_fp`` is the keyed fingerprint of everything that shapes a payload: only a run with
the same one may be continued. ``rows.doubt`` says of a pending row that an earlier try of it may
have been stored. ``paces`` keeps the rate that a target and key was seen to take; ``ticks`` what
happened in each second of a run (``latency`` is a list of counts, as :mod:`pipeline.core.ticks` has
it). ``runs.purged_at``: since then its personal data is gone.

``rows.refused_fields`` names the fields that a refusal was about, with commas between them.
``previews`` keeps the fingerprints of the rows that a check found to need a person, for a check
keeps nothing else: so it is known later which of them were edited. It keeps those of rows whose
order a later run holds as well, with ``stale_target`` saying at which target.

``dropped`` has one line for each time a watcher took a sheet of a hot folder: ``file`` is where it
lies in working/, ``task`` what is done with it, ``moves`` where it and the files beside it are to
go (JSON), written down before the first of them is moved. ``starts`` counts processes begun for it
since one last ended in order, ``crashes`` those that were seen to die, ``stops`` those that the API
or the keys stopped. ``approvals`` keeps the keyed fingerprint of every plan that was shown in a hot
folder and waits for a yes.

``written`` remembers the results and check sheets that we wrote, to know them again untouched.
"""

from __future__ import annotations

__all__ = ["MIGRATIONS"]

_FIRST = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

CREATE TABLE targets (
    target_no INTEGER PRIMARY KEY,
    target_key BLOB NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    host TEXT NOT NULL
);

CREATE TABLE runs (
    run_no INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL UNIQUE,
    together TEXT NOT NULL,
    target_no INTEGER REFERENCES targets,
    target_kind TEXT NOT NULL,
    host TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('staging', 'staged', 'sending', 'stopped', 'finished')),
    source_path TEXT NOT NULL,
    source_sha256 TEXT NOT NULL,
    source_bytes INTEGER NOT NULL,
    source_modified_at REAL NOT NULL,
    sheet_kind TEXT NOT NULL,
    delimiter TEXT,
    worksheet TEXT NOT NULL,
    width INTEGER NOT NULL,
    widths TEXT NOT NULL DEFAULT '[]',
    mapping TEXT NOT NULL,
    begun_at REAL NOT NULL,
    sending_at REAL,
    ended_at REAL,
    exit_code INTEGER,
    error TEXT,
    requests INTEGER NOT NULL DEFAULT 0,
    retries INTEGER NOT NULL DEFAULT 0,
    throttled INTEGER NOT NULL DEFAULT 0,
    os_user TEXT NOT NULL,
    machine TEXT NOT NULL,
    version TEXT NOT NULL,
    approved TEXT NOT NULL DEFAULT '',
    results_path TEXT
);
CREATE INDEX runs_by_source ON runs (source_sha256);

CREATE TABLE rows (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('plain', 'heading', 'order', 'line')),
    cells TEXT NOT NULL,
    order_key TEXT,
    order_id INTEGER,
    fp BLOB,
    payload TEXT,
    marks TEXT,
    origin_run TEXT,
    origin_row INTEGER,
    repairs TEXT NOT NULL DEFAULT '',
    warnings TEXT NOT NULL DEFAULT '',
    leader INTEGER,
    state TEXT NOT NULL CHECK (state IN ('none', 'pending', 'claimed', 'settled')),
    outcome TEXT,
    next_step TEXT,
    reason TEXT NOT NULL DEFAULT '',
    reference_id TEXT,
    http_status INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    sent_at REAL
);
CREATE INDEX rows_by_order ON rows (order_id) WHERE order_id IS NOT NULL;

CREATE TABLE written (
    path TEXT PRIMARY KEY,
    sha256 TEXT NOT NULL,
    source_path TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE orders (
    target_no INTEGER NOT NULL,
    order_id INTEGER NOT NULL,
    newest_run INTEGER NOT NULL,
    holder_run INTEGER,
    sent_fp BLOB,
    ok_fp BLOB,
    ok_ref TEXT,
    ok_run INTEGER,
    ok_at REAL,
    open_until REAL,
    PRIMARY KEY (target_no, order_id)
) WITHOUT ROWID;
"""

_SHEET_FINDINGS = """
ALTER TABLE runs ADD COLUMN findings TEXT NOT NULL DEFAULT '[]';
ALTER TABLE runs ADD COLUMN held_back INTEGER NOT NULL DEFAULT 0;
"""

_SENDING = """
ALTER TABLE runs ADD COLUMN options_fp BLOB;
ALTER TABLE runs ADD COLUMN purged_at REAL;
ALTER TABLE rows ADD COLUMN doubt INTEGER NOT NULL DEFAULT 0;

CREATE TABLE paces (
    target_no INTEGER PRIMARY KEY REFERENCES targets,
    per_second REAL NOT NULL,
    learned_at REAL NOT NULL
);

CREATE TABLE ticks (
    run_no INTEGER NOT NULL,
    second INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    retried INTEGER NOT NULL,
    throttled INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    latency TEXT NOT NULL,
    PRIMARY KEY (run_no, second)
) WITHOUT ROWID;
"""

_RESULTS = """
ALTER TABLE runs ADD COLUMN learned_per_second REAL;
ALTER TABLE runs ADD COLUMN report_path TEXT;
ALTER TABLE rows ADD COLUMN refused_fields TEXT;

CREATE TABLE previews (
    run_id TEXT NOT NULL,
    row INTEGER NOT NULL,
    fp BLOB NOT NULL,
    written_at REAL NOT NULL,
    PRIMARY KEY (run_id, row)
) WITHOUT ROWID;
"""

_FOLDERS = """
CREATE TABLE dropped (
    dropped_no INTEGER PRIMARY KEY AUTOINCREMENT,
    folder TEXT NOT NULL,
    name TEXT NOT NULL,
    came_from TEXT NOT NULL,
    file TEXT NOT NULL,
    task TEXT NOT NULL CHECK (task IN ('check', 'apply', 'approved')),
    claimed_at REAL NOT NULL,
    starts INTEGER NOT NULL DEFAULT 0,
    crashes INTEGER NOT NULL DEFAULT 0,
    stops INTEGER NOT NULL DEFAULT 0,
    note TEXT NOT NULL DEFAULT '',
    place TEXT,
    moves TEXT,
    counts TEXT NOT NULL DEFAULT '{}',
    run_id TEXT,
    ended_at REAL
);
CREATE INDEX dropped_open ON dropped (folder) WHERE ended_at IS NULL;
CREATE INDEX dropped_ended ON dropped (folder, ended_at);

CREATE TABLE approvals (
    source_sha256 TEXT NOT NULL,
    target_no INTEGER NOT NULL,
    digest BLOB NOT NULL,
    shown_at REAL NOT NULL,
    PRIMARY KEY (source_sha256, target_no)
) WITHOUT ROWID;
"""

_STALE = """
ALTER TABLE previews ADD COLUMN stale_target INTEGER;
"""

MIGRATIONS: tuple[str, ...] = (_FIRST, _SHEET_FINDINGS, _SENDING, _RESULTS, _FOLDERS, _STALE)
"""Migration N brings the ledger from version N to N + 1."""
