"""Tolerances of float32 against the float64 definition, each with its reason."""

# A frame is a sum of n_fft products, each rounded to 6e-8, so its error grows with n_fft. Measured
# are up to 1.3e-6 at 512 and 3.1e-6 at 2048, both for a chirp: with a tone in the window, all
# products of a bin have one sign. Recordings stay under 2e-6, which test_figures holds.
SUM_512 = 1.5e-6
SUM_2048 = 4e-6
# A square doubles the relative error of a magnitude; the sum over bins averages some of it out.
POWER_512 = 2e-6
POWER_2048 = 4e-6
# A decibel value has an absolute error: 80 dB under the loudest, an error of 1e-7 of the loudest
# magnitude is one of 1e-3 and 0.01 dB. The DCT averages over bands. Measured: 7.4e-6.
DECIBEL = 1e-5
# Without top_db, bands that hold only the rounding of a loud signal count too. Measured: 2e-5.
DECIBEL_OF_ROUNDING = 1e-4
