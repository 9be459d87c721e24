"""Looking inside networks: what they see, what they keep, and where teacher and student part.

One idea a file: :mod:`~kdlab.insight.features` reads hidden layers, :mod:`~kdlab.insight.saliency`
and :mod:`~kdlab.insight.attention` draw what an answer rests on, :mod:`~kdlab.insight.agreement`
compares such maps, :mod:`~kdlab.insight.cka` compares layers, :mod:`~kdlab.insight.projection`
draws features in 2-D, :mod:`~kdlab.insight.difference` compares the answers of teacher and student
over T, :mod:`~kdlab.insight.bias` corrects a student that never saw some classes;
:mod:`~kdlab.insight.modes` and :mod:`~kdlab.insight.modes_fit` fit one Gaussian to two modes, by
numpy alone. All are pure functions: networks and tensors in, tensors, arrays and floats out; logits
here are (N, C).
"""
