/** A repository whose state of 2026-05-28 is signed by keys of 2024, of which `expired` ends with that year; made by GnuPG 2.2. */

export const PRIMARY = '<metadata packages="0"></metadata>\n';

export const REPOMD =
  `<repomd><revision>1780000000</revision><data type="primary"><checksum type="sha256">bdedc0456829e07014afcaf00a2388048c9f68317a6c9cba48c624c4fb195ba3</checksum><location href="repodata/primary.xml"/><timestamp>1780000000</timestamp><size>35</size></data></repomd>
`;

export const KEYS = {
  good: `-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEZZIAgBYJKwYBBAHaRw8BAQdA7+q1mfbprK/bWQjeIdDoQRIlrqwS3iQwcYU0
kKPulY60E2dvb2QgPGdvb2RAZXhhbXBsZT6IkAQTFggAOBYhBCnlgAz303rYMIkf
ycnfRzDA2ql5BQJlkgCAAhsDBQsJCAcCBhUKCQgLAgQWAgMBAh4BAheAAAoJEMnf
RzDA2ql5260BAKGt5vAX7oPDFUmvLNjH0QV10bfUwqpyVcprqa17K9RNAP0c9YBA
/9LcvpGF1xSEiJLs36akQVm7XzYAbsE7nqbOCQ==
=svqp
-----END PGP PUBLIC KEY BLOCK-----
`,
  expired: `-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEZZIAgBYJKwYBBAHaRw8BAQdASQVpYewI/EA95H6r7Nr4PDl8vZsF5iwR3ayf
3YkNkQe0GWV4cGlyZWQgPGV4cGlyZWRAZXhhbXBsZT6IlgQTFggAPhYhBMi0Dbov
kYNqOWwSKom7oQHluqVTBQJlkgCAAhsDBQkB4TOABQsJCAcCBhUKCQgLAgQWAgMB
Ah4BAheAAAoJEIm7oQHluqVTF1QA/im/dy0Qv8M7P5V20f9mn+TRRJPqLBBhBhDO
cbzX4CMSAQD0jhfvwTlVRESv5bOTOwk9ld5PShIK69069Q5vv8vzAA==
=aGFi
-----END PGP PUBLIC KEY BLOCK-----
`,
} as const;

export const SIGNATURES = {
  good: `-----BEGIN PGP SIGNATURE-----

iIMEABYIACsWIQQp5YAM99N62DCJH8nJ30cwwNqpeQUCZlpkgA0cZ29vZEBleGFt
cGxlAAoJEMnfRzDA2ql5SUYBAPTG3C9/zjQzOETGAIIXGRle+j3VtiUaf4HtGRie
qTwKAPwPibeMpzpMAD9W1s5uUwK561Kotiv6WA27e4kcXHe9Aw==
=r7p9
-----END PGP SIGNATURE-----
`,
  expired: `-----BEGIN PGP SIGNATURE-----

iIYEABYIAC4WIQTItA26L5GDajlsEiqJu6EB5bqlUwUCZlpkgBAcZXhwaXJlZEBl
eGFtcGxlAAoJEIm7oQHluqVTg9AA/RdfO9HFQAT4z5QPnvZvETtW8woazLNyPOrj
kl6O2maeAPsGKhIEWPUlqSIa6GHkXD+VIJo7xvlmir1LNaf0HfmVBQ==
=czZ9
-----END PGP SIGNATURE-----
`,
  other: `-----BEGIN PGP SIGNATURE-----

iIQEABYIACwWIQQ0PsS3zrOuNO8ca3+q9+EOJ5Z6fAUCZlpkgA4cb3RoZXJAZXhh
bXBsZQAKCRCq9+EOJ5Z6fLcUAP97wzOzRuZ9sWYetWj8UwH0v3yDRrsR+i1+j55I
4JXGlAEAv0PwNzjg6RUUP8H+NPtQrKrBiZDJYo0x6fHHH0uoFAU=
=N3DG
-----END PGP SIGNATURE-----
`,
} as const;
