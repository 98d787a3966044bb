"""The code that banking apps read (GiroCode, EPC069-12 version 002): a transfer with amount, account and reference."""

from segno import helpers

from billing.bank.models import Transfer

UTF_8 = 1  # the number of the character set in the code


def girocode_svg(transfer: Transfer) -> bytes:
    """The code as a picture."""
    payment = transfer.payment
    code = helpers.make_epc_qr(
        name=transfer.holder,
        iban=transfer.iban,
        amount=payment.amount,
        text=payment.reference,
        bic=transfer.bic or None,
        encoding=UTF_8,
    )
    picture: bytes = code.svg_inline(scale=4, border=4).encode()
    return picture.replace(b"<svg ", b'<svg xmlns="http://www.w3.org/2000/svg" ', 1)
