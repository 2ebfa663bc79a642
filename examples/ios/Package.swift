// swift-tools-version:5.9
import PackageDescription

let package = Package(
    name: "KeywordSpotter",
    platforms: [.iOS(.v15)],  // CoreML's MLProgram
    products: [.library(name: "KeywordSpotter", targets: ["KeywordSpotter"])],
    targets: [
        // From the archive pod-archive-onnxruntime-c-VERSION.zip, see the README.
        .binaryTarget(name: "onnxruntime", path: "onnxruntime.xcframework"),
        // Links to ../keyword_spotter and ../../runtime/cpp: one source for every platform.
        .target(
            name: "CSpotter",
            dependencies: ["onnxruntime"],
            cxxSettings: [.headerSearchPath("runtime"), .headerSearchPath("shim")]
        ),
        .target(name: "KeywordSpotter", dependencies: ["CSpotter"]),
    ],
    cxxLanguageStandard: .cxx17
)
