"""How figures become pixels quickly: kept from run to run, on a canvas that remembers words."""
