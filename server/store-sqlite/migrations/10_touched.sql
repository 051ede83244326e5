-- What an event has touched that its other columns do not tell; what wrote an event before this did not say it.
ALTER TABLE events ADD COLUMN touched blob;
