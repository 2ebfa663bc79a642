// What can go wrong: one exception, or, without exceptions, one result type.
#pragma once

#include <exception>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#ifndef NNAUDIO_EXCEPTIONS
#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
#define NNAUDIO_EXCEPTIONS 1
#else
#define NNAUDIO_EXCEPTIONS 0
#endif
#endif

namespace nnaudio {

enum class ErrorKind {
  kAudio,      // the input does not fit the graph
  kModelFile,  // the file is no graph that this library can or should load
  kProvider,   // the execution provider asked for does not work here
  kSelfTest,   // this machine does not compute what was exported
  kFile,       // a file cannot be read or written
};

// One sentence that names what was wrong and what would be right.
class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string message) : kind_(kind), message_(std::move(message)) {}

  ErrorKind kind() const { return kind_; }
  const std::string& message() const { return message_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  ErrorKind kind_;
  std::string message_;
};

// A value, or the error in its place.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}
  Result(Error error) : state_(std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() { return *std::get_if<0>(&state_); }
  const T& operator*() const { return *std::get_if<0>(&state_); }
  T* operator->() { return std::get_if<0>(&state_); }
  const T* operator->() const { return std::get_if<0>(&state_); }
  const Error& error() const { return *std::get_if<1>(&state_); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  explicit operator bool() const { return !error_; }
  const Error& error() const { return *error_; }

 private:
  std::optional<Error> error_;
};

// What a public call gives: with exceptions the value itself, without them the Result.
#if NNAUDIO_EXCEPTIONS
template <class T>
using Returned = T;

template <class T>
T give(Result<T> result) {
  if (!result) throw result.error();
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}
#else
template <class T>
using Returned = Result<T>;

template <class T>
Result<T> give(Result<T> result) {
  return result;
}
#endif

}  // namespace nnaudio
