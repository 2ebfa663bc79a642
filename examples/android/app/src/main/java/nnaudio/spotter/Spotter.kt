package nnaudio.spotter

/**
 * Hears keywords. For one thread at a time.
 *
 * @param model path of spotter.ort or spotter.onnx.
 * @param provider "cpu", "xnnpack" or "nnapi": that one, or an exception that says why not.
 * @param heard middle of the keyword in seconds, its name, its probability.
 */
class Spotter(
    model: String,
    provider: String,
    private val heard: (Double, String, Float) -> Unit,
) : AutoCloseable {
    private var handle = open(model, provider)
    val sampleRate: Int = sampleRate(handle)

    /** Mono samples in -1 ... 1. */
    fun hear(samples: FloatArray, count: Int) = hear(handle, samples, count)

    override fun close() {
        if (handle != 0L) close(handle)
        handle = 0L
    }

    @Suppress("unused") // called by native.cpp
    private fun onKeyword(time: Double, name: String, probability: Float) =
        heard(time, name, probability)

    private external fun open(model: String, provider: String): Long
    private external fun hear(handle: Long, samples: FloatArray, count: Int)
    private external fun sampleRate(handle: Long): Int
    private external fun close(handle: Long)

    private companion object {
        init {
            System.loadLibrary("spotter")
        }
    }
}
