-- One spool of one worker. The previous release must be able to read it: add columns with defaults, never
-- change or drop one. `user_version` counts changes.
CREATE TABLE IF NOT EXISTS message (
    mid      INTEGER PRIMARY KEY,
    sender   TEXT NOT NULL,
    received REAL NOT NULL,
    size     INTEGER NOT NULL,
    icid     INTEGER NOT NULL,
    listener TEXT NOT NULL,
    traits   INTEGER NOT NULL,
    ret      TEXT NOT NULL,
    envid    TEXT NOT NULL,
    subject  TEXT NOT NULL,
    client   TEXT NOT NULL DEFAULT ''  -- address it came from; virtual gateways look at it
);
-- Content up to a limit is here; larger content is the file body/MID and has no row.
CREATE TABLE IF NOT EXISTS body (mid INTEGER PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS recipient (
    mid      INTEGER NOT NULL,
    rid      INTEGER NOT NULL,
    address  TEXT NOT NULL,
    domain   TEXT NOT NULL,
    stage    INTEGER NOT NULL,
    due      REAL NOT NULL,
    attempts INTEGER NOT NULL,
    notify   TEXT NOT NULL,
    orcpt    TEXT NOT NULL,
    response TEXT NOT NULL,
    route    TEXT NOT NULL DEFAULT '',  -- host:port an administrator redirected to
    notices  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (mid, rid)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS recipient_due ON recipient (stage, domain, due);
