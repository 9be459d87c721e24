"""Published experiments in full, on whatever accelerator is at hand.

::

    config, published     what can be asked for, and what papers report
    figures               a published accuracy, with what it was run with
    possible, names, sizes     what cannot be run, which networks can, on how many images
    folder, status, log, history     a run on disk, and what charts read: known to pages, no torch
    owned, leftovers      whose folder it is, and what that one sweeps
    process               a run as a process of its own
    ------------------------------------------------- from here on torch
    device, process_group the accelerator; several of them as one
    images                the data set on the device, its crops and mirror images
    networks, pretrained  built, saved, given by a user, or fetched from torchvision
    kept_teachers         trained once on this machine, for all runs
    teaching, answers, layers     how the teacher reaches the student
    objective, steps      the loss, and a step as fast as the device allows
    stage, train, summary one network; all of them in turn; what they come to
    run, failures         one process at work on a folder, whatever happens to it
    checkpoint, past      where a run resumes from, and what it knows of what was before
    estimate              time and memory from a few steps that are really made
    rough                 a first guess of the time, before anybody asks

Runs on Python 3.12 with torch 2.11 and pydantic, without the app and the job engine.
"""
