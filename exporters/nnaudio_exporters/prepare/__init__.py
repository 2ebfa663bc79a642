"""The module made ready: frozen, lowered, in its precision, as a stream.

``steps.prepare`` is the way in, and says the order; ``prepared.PreparedModule`` is what comes out.
Many files, because each is one step:

- ``options``: what callers ask for;
- ``frozen``, ``repeatability``: the copy that is exported, and whether it can be;
- ``front_ends``, ``inputs``, ``shortest``, ``outputs``: what the module takes and gives;
- ``lowering``: front ends become fast; ``lowering_ladder`` chooses among ``front_end_forms``, by
  ``lowering_comparison`` of ``output_distance`` on ``revealing_signals``; ``lowering_plan`` says
  what was done;
- ``precision``, ``pcm``: the graph that the file holds;
- ``chunk_length``, ``streamed_module``, ``stream``: its form for chunks.
"""
