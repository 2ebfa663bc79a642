plugins {
    id("com.android.application")
    id("org.jetbrains.kotlin.android")
}

// The version of ONNX Runtime that wrote spotter.ort, or a later one.
val onnxruntime = "1.22.0"
val unpacked = layout.buildDirectory.dir("onnxruntime")
val archive: Configuration by configurations.creating

android {
    namespace = "nnaudio.spotter"
    compileSdk = 35
    ndkVersion = "27.2.12479018"
    defaultConfig {
        applicationId = "nnaudio.spotter"
        minSdk = 29 // NNAPI's feature level 3
        targetSdk = 35
        ndk { abiFilters += listOf("arm64-v8a", "x86_64") }
        externalNativeBuild {
            cmake { arguments += "-DONNXRUNTIME=${unpacked.get().asFile}" }
        }
    }
    externalNativeBuild { cmake { path = file("src/main/cpp/CMakeLists.txt") } }
    androidResources { noCompress += listOf("ort", "onnx") }
    kotlinOptions { jvmTarget = "17" }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
}

dependencies {
    implementation("com.microsoft.onnxruntime:onnxruntime-android:$onnxruntime")
    archive("com.microsoft.onnxruntime:onnxruntime-android:$onnxruntime@aar")
}

// C++ needs the archive's folders headers/ and jni/.
val unpack by tasks.registering(Copy::class) {
    from(archive.elements.map { files -> files.map { zipTree(it) } })
    into(unpacked)
}
tasks.matching { it.name.startsWith("configureCMake") || it.name == "preBuild" }
    .configureEach { dependsOn(unpack) }
