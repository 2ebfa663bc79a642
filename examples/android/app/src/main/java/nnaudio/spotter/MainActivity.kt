package nnaudio.spotter

import android.Manifest
import android.annotation.SuppressLint
import android.app.Activity
import android.content.pm.PackageManager
import android.media.AudioFormat
import android.media.AudioRecord
import android.media.MediaRecorder
import android.os.Bundle
import android.widget.TextView
import java.io.File
import kotlin.concurrent.thread

/** Shows the keywords that the microphone hears. */
class MainActivity : Activity() {
    private lateinit var view: TextView
    @Volatile private var listening = false

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        view = TextView(this).apply { textSize = 24f }
        setContentView(view)
        if (checkSelfPermission(Manifest.permission.RECORD_AUDIO) == PackageManager.PERMISSION_GRANTED) {
            listen()
        } else {
            requestPermissions(arrayOf(Manifest.permission.RECORD_AUDIO), 0)
        }
    }

    override fun onRequestPermissionsResult(code: Int, names: Array<String>, results: IntArray) {
        if (results.firstOrNull() == PackageManager.PERMISSION_GRANTED) listen()
        else view.text = "The spotter needs the microphone."
    }

    override fun onDestroy() {
        listening = false
        super.onDestroy()
    }

    @SuppressLint("MissingPermission")
    private fun listen() {
        listening = true
        thread {
            try {
                spotter().use { spotter ->
                    val block = FloatArray(spotter.sampleRate / 50)
                    val recorder = AudioRecord(
                        MediaRecorder.AudioSource.VOICE_RECOGNITION,
                        spotter.sampleRate,
                        AudioFormat.CHANNEL_IN_MONO,
                        AudioFormat.ENCODING_PCM_FLOAT,
                        spotter.sampleRate * Float.SIZE_BYTES,
                    )
                    recorder.startRecording()
                    while (listening) {
                        val count = recorder.read(block, 0, block.size, AudioRecord.READ_BLOCKING)
                        if (count > 0) spotter.hear(block, count)
                    }
                    recorder.release()
                }
            } catch (error: IllegalStateException) {
                show(error.message ?: "failed")
            }
        }
    }

    /** On NNAPI where it works, else on the CPU. */
    private fun spotter(): Spotter {
        val model = File(filesDir, "spotter.onnx")
        assets.open(model.name).use { source -> model.outputStream().use { source.copyTo(it) } }
        val heard = { time: Double, name: String, probability: Float ->
            show("%.1f s  %s  %.2f".format(time, name, probability))
        }
        return try {
            Spotter(model.path, "nnapi", heard)
        } catch (error: IllegalStateException) {
            show("${error.message}: on the CPU")
            Spotter(model.path, "cpu", heard)
        }
    }

    private fun show(line: String) = runOnUiThread { view.append("$line\n") }
}
