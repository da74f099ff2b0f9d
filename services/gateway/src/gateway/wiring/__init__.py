"""How each part of a gateway is put together from its settings; `bootstrap` puts the parts together."""
