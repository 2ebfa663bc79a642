"""The module made ready: frozen, lowered, in its precision, as a stream.

``steps.prepare`` is the way in, and says the order; ``prepared.PreparedModule`` is what comes out.
Many files, because each is one step:

- ``options``: what callers ask for;
- ``frozen``, ``wrappers``, ``repeatability``: the copy that is exported, and whether it can be;
- ``front_ends``, ``inputs``, ``shortest``, ``outputs``: what the module takes and gives;
- ``lowering``: front ends become fast; ``lowering_ladder`` chooses among ``front_end_forms``, by
  ``lowering_comparison`` of ``output_distance`` on ``revealing_signals``; ``lowering_plan`` says
  what was done;
- ``precision``, ``pcm``: the graph that the file holds; ``tracing`` traces it, with ``recurrence``,
  ``accurate_sums`` and ``exact_functions`` in place of what engines do badly or not at all;
- ``assumptions``, ``structure``, ``rate``, ``users_code``: what a trace took for granted, what
  looks at the whole signal, and where the user wrote so;
- ``chunk_length``, ``streamed_module``, ``stream``: its form for chunks.
"""
