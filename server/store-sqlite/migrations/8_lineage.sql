-- A key and those that it replaced are one lineage, in the tables as everywhere.
ALTER TABLE keys RENAME COLUMN family TO lineage;
ALTER TABLE credits RENAME COLUMN family TO lineage;
