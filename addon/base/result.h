// Result<T>: a value or an Error; and TRY, which unwraps one or returns the error to the caller.
#pragma once

#include <cassert>
#include <optional>
#include <utility>
#include <variant>

#include "base/error.h"

namespace volt {

template <typename T>
class [[nodiscard]] Result {
public:
  Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : content_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool ok() const { return content_.index() == 0; }
  /// Only when ok().
  [[nodiscard]] T& value() & { return checked(std::get_if<0>(&content_)); }
  [[nodiscard]] const T& value() const& { return checked(std::get_if<0>(&content_)); }
  [[nodiscard]] T value() && { return std::move(checked(std::get_if<0>(&content_))); }
  /// Only when not ok().
  [[nodiscard]] const Error& error() const& { return checked(std::get_if<1>(&content_)); }
  [[nodiscard]] Error error() && { return std::move(checked(std::get_if<1>(&content_))); }

private:
  template <typename Content>
  static Content& checked(Content* content) {
    assert(content != nullptr);
    return *content;
  }

  std::variant<T, Error> content_;
};

template <>
class [[nodiscard]] Result<void> {
public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  void value() const {}
  [[nodiscard]] const Error& error() const& { return *error_; }
  [[nodiscard]] Error error() && { return *std::move(error_); }

private:
  std::optional<Error> error_;
};

} // namespace volt

/// The value of a Result; an error returns from the enclosing function. Not nested in itself, and not in an expression
/// behind something that owns memory: the compiler does not destroy a half-made aggregate that is left in the middle.
#define TRY(expression)                                                                                                \
  __extension__({                                                                                                      \
    auto try_result = (expression);                                                                                    \
    if (!try_result.ok()) return std::move(try_result).error();                                                        \
    std::move(try_result).value();                                                                                     \
  })
