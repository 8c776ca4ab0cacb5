-- What is left in the box of a target whose accept key nobody pressed: part of the accept key, none until now.

UPDATE targets SET accept_key = json_set(accept_key, '$.voicemailDrop', json('null')) WHERE accept_key IS NOT NULL;
