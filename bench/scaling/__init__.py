"""What one database carries, with 1, 2 and 4 processes: rates, PostgreSQL's time, WAL, disk, connections, NOTIFY."""
