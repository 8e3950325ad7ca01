"""The planner's workbench: who is left out, when, and what would change it.

A use case a module, each taking the runtime, who acts, a question and a scenario's changes.
Figures are those of coverage runs; what is asked of people by hour, station or scenario is
summed over catchments, which :mod:`app.service.plan.shelf` keeps between questions.
"""
