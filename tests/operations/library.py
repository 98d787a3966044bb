"""How much the library has for a new town. These numbers change with each service and each form that is added."""

SHOWN = 151  # services
PREPARED = 27  # of them with a form to hand in
MISSING_AMOUNTS = 28  # what the town has to say before the paid ones among them go online
READY = 16  # those that cost nothing or are paid after the check
