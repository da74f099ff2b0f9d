"""Live enforcement: open sessions follow the facts as handshakes do, silent ones too, and nobody else notices.

The feed says which things changed; `session_index` knows whose sessions they are, at a cost that does not grow with
the others; `judgement` asks the checks of `policies` again; `reviewer` owns the one task that does so in short slices.
"""
