-- Who names a term by its name finds it, whatever its slug. Only the letters of ASCII are compared without case: that much both engines
-- do alike, wherever they run. Nobody asks for a longer name, and an index holds none of any length.
CREATE INDEX newsroom_terms_name ON newsroom_terms (noun, lower(substr(name, 1, 300)));
