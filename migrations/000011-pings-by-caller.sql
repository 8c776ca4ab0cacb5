-- A call finds the pings for its number and caller among the thousands that one number may have.

CREATE INDEX ping_reservations_by_caller ON ping_reservations (did_id, caller_number, expires_at);
