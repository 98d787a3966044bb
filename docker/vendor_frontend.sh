#!/bin/sh
# Brings the third-party parts of the front end into static/vendor/ and tests/browser/vendor/.
#
# Run it by hand to update them (needs npm and Python 3.11); the results are committed, so neither the image
# nor `./run` needs Node. SHA256SUMS tells when somebody edited a vendored file (tests/design/test_vendor.py).
#
#   docker/vendor_frontend.sh
set -eu

kern=2.7.2             # design system of the German administration, EUPL-1.2
fira_sans=5.3.0        # Fira Sans in small Latin files, OFL-1.1
material_symbols=0.48.2 # icons, Apache-2.0
axe_core=4.14.1        # accessibility checks in the tests, MPL-2.0
fonttools=4.68.0       # unpacks fonts for PDFs; not kept

root=$(cd "$(dirname "$0")/.." && pwd)
vendor=$root/static/vendor
checks=$root/tests/browser/vendor
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# unpack PACKAGE VERSION FOLDER: puts the published files of a package into $work/FOLDER.
unpack() {
    archive=$(cd "$work" && npm pack --silent "$1@$2")
    mkdir "$work/$3"
    tar -xzf "$work/$archive" -C "$work/$3" --strip-components=1
}

# seal FOLDER: readable files, and one checksum for each of them.
seal() {
    find "$1" -type f -exec chmod 644 {} +
    (cd "$1" && rm -f SHA256SUMS && find . -type f ! -name SHA256SUMS | sort | xargs sha256sum > "$work/sums" && mv "$work/sums" SHA256SUMS && chmod 644 SHA256SUMS)
}

unpack @kern-ux/native "$kern" kern
unpack @fontsource/fira-sans "$fira_sans" fira-sans
unpack @material-symbols/svg-400 "$material_symbols" symbols
unpack axe-core "$axe_core" axe

rm -rf "$vendor" "$checks"
mkdir -p "$vendor/kern" "$vendor/fira-sans" "$vendor/material-symbols" "$checks"

cp "$work/kern/dist/kern.min.css" "$work/kern/LICENSE.md" "$vendor/kern/"

# The small Latin files serve nearly every page; the full ones hold the letters of other languages.
for weight in 400 500 600; do
    cp "$work/fira-sans/files/fira-sans-latin-$weight-normal.woff2" "$vendor/fira-sans/"
done
for weight in Regular Medium SemiBold; do
    cp "$work/kern/dist/fonts/fira-sans/FiraSans-$weight.woff2" "$vendor/fira-sans/"
done
cp "$work/fira-sans/LICENSE" "$vendor/fira-sans/OFL.txt"

(cd "$root" && python3 -m templates.icons "$work/symbols/rounded") > "$vendor/material-symbols/icons.svg"
cp "$work/symbols/LICENSE" "$vendor/material-symbols/LICENSE.txt"

cp "$work/axe/axe.min.js" "$work/axe/LICENSE" "$work/axe/LICENSE-3RD-PARTY.txt" "$checks/"

python3 -m venv "$work/fonttools"
"$work/fonttools/bin/pip" install --quiet "fonttools[woff]==$fonttools"
for weight in Regular SemiBold; do
    "$work/fonttools/bin/fonttools" ttLib.woff2 decompress -o "$root/templates/pdf/fonts/FiraSans-$weight.ttf" \
        "$vendor/fira-sans/FiraSans-$weight.woff2"
done

seal "$vendor"
seal "$checks"
