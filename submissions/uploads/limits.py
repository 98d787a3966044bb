"""How much may be uploaded, and what becomes of large pictures. Sizes are in bytes."""

MB = 1024 * 1024

LARGEST = 10 * MB  # a file
MOST = 10  # files in one place
LARGEST_TOGETHER = 40 * MB  # of a form, or of an answer
LONGEST_NAME = 100  # characters

MOST_PIXELS = 64_000_000  # what any phone's camera makes; more is not opened at all
LONGEST_SIDE = 3508  # pixels: A4 at 300 dpi, at which small print can be read
PREVIEW_SIDE = 480  # pixels

# Opening a file may take that much (submissions.uploads.workshop).
MEMORY = 1536 * MB  # of address space
SECONDS = 10  # of computing
PATIENCE = 60  # seconds; on a busy machine it takes longer than it computes

# Files of people without an account, of one town: nobody can be asked to stop, so the disk must be safe from them.
SEALED_TOGETHER = 1024 * MB
