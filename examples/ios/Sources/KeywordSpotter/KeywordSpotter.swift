import AVFoundation
import CSpotter

public struct SpotterError: Error, CustomStringConvertible {
    public let description: String
}

/// Hears keywords in what the microphone gives. For one thread at a time.
public final class KeywordSpotter {
    public struct Keyword {
        /// Middle of the keyword, in seconds.
        public let time: Double
        public let name: String
        public let probability: Float
    }

    private var spotter: OpaquePointer?
    private let heard: (Keyword) -> Void
    private let engine = AVAudioEngine()

    /// - Parameters:
    ///   - model: path of `spotter.onnx` or `spotter.ort`.
    ///   - provider: `"coreml"`, `"xnnpack"` or `"cpu"`: that one, or an error that says why not.
    public init(model: String, provider: String = "cpu", heard: @escaping (Keyword) -> Void) throws {
        self.heard = heard
        var message = [CChar](repeating: 0, count: 1024)
        let context = Unmanaged.passUnretained(self).toOpaque()
        spotter = spotter_open(
            model, provider,
            { context, time, name, probability in
                let own = Unmanaged<KeywordSpotter>.fromOpaque(context!).takeUnretainedValue()
                own.heard(Keyword(time: time, name: String(cString: name!), probability: probability))
            },
            context, &message, message.count)
        if spotter == nil { throw SpotterError(description: String(cString: message)) }
    }

    deinit {
        engine.stop()
        if let spotter { spotter_close(spotter) }
    }

    /// Mono samples in -1 ... 1 at the model's rate.
    public func hear(_ samples: UnsafeBufferPointer<Float>) throws {
        var message = [CChar](repeating: 0, count: 1024)
        if spotter_hear(spotter, samples.baseAddress, samples.count, &message, message.count) != 0 {
            throw SpotterError(description: String(cString: message))
        }
    }

    /// Listens until `stop`. The app's Info.plist must have NSMicrophoneUsageDescription.
    public func listen() throws {
        let input = engine.inputNode
        let given = input.outputFormat(forBus: 0)
        let rate = Double(spotter_sample_rate(spotter))
        guard
            let wanted = AVAudioFormat(
                commonFormat: .pcmFormatFloat32, sampleRate: rate, channels: 1, interleaved: false),
            let converter = AVAudioConverter(from: given, to: wanted)
        else { throw SpotterError(description: "the microphone's format cannot be converted") }
        input.installTap(onBus: 0, bufferSize: 1024, format: given) { [weak self] block, _ in
            let room = AVAudioFrameCount(Double(block.frameLength) * rate / given.sampleRate) + 16
            guard let self, let mono = AVAudioPCMBuffer(pcmFormat: wanted, frameCapacity: room)
            else { return }
            var taken = false
            converter.convert(to: mono, error: nil) { _, status in
                status.pointee = taken ? .noDataNow : .haveData
                taken = true
                return block
            }
            if let samples = mono.floatChannelData?[0] {
                try? self.hear(UnsafeBufferPointer(start: samples, count: Int(mono.frameLength)))
            }
        }
        try engine.start()
    }

    public func stop() {
        engine.inputNode.removeTap(onBus: 0)
        engine.stop()
    }
}
