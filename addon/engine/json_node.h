// Strict reading of a JSON document: each accessor checks the type, and each error carries the JSON pointer.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "memory/guest_address.h"

namespace volt {

/// A value inside a document, and where it is. Both the document and the parent node must outlive it.
class JsonNode {
public:
  explicit JsonNode(const nlohmann::json& root) : value_(root) {}
  // A copy would keep pointing to the parent of the original; a node is used where it was made.
  JsonNode(const JsonNode&) = delete;
  JsonNode& operator=(const JsonNode&) = delete;

  enum class Required { yes, no };
  struct Key {
    std::string_view name;
    Required required = Required::yes;
  };

  /// Succeeds for an object with all required keys and none but these.
  [[nodiscard]] Result<void> expect_object(std::initializer_list<Key> keys) const;
  /// Succeeds for an object that has these keys and maybe others: before it is known what it is.
  [[nodiscard]] Result<void> expect_keys(std::initializer_list<std::string_view> keys) const;
  [[nodiscard]] Result<void> expect_array(std::size_t minimum, std::size_t maximum) const;
  [[nodiscard]] bool has(std::string_view key) const { return value_.contains(key); }
  /// After expect_object(): a key that is there.
  [[nodiscard]] JsonNode at(std::string_view key) const { return JsonNode(value_[key], this, key, 0); }
  /// After expect_array(): an index below size().
  [[nodiscard]] JsonNode at(std::size_t index) const { return JsonNode(value_[index], this, {}, index); }
  /// After expect_object() or expect_array() of what is around it.
  [[nodiscard]] bool is_null() const { return value_.is_null(); }
  [[nodiscard]] std::size_t size() const { return value_.size(); }

  [[nodiscard]] Result<bool> boolean() const;
  [[nodiscard]] Result<std::string> string(std::size_t maximum_bytes, std::size_t minimum_bytes = 1) const;
  [[nodiscard]] Result<std::uint64_t> integer(std::uint64_t minimum, std::uint64_t maximum) const;
  /// A hexadecimal string (the schema's `address`) of at most `maximum`.
  [[nodiscard]] Result<std::uint64_t> address(std::uint64_t maximum = UINT64_MAX) const;
  [[nodiscard]] Result<std::vector<std::uint8_t>> base64() const;

  /// RFC 6901.
  [[nodiscard]] std::string pointer() const;
  /// PLAN_INVALID at this node.
  [[nodiscard]] Error invalid(std::string_view problem) const { return plan_invalid(pointer(), problem); }

private:
  JsonNode(const nlohmann::json& value, const JsonNode* parent, std::string_view key, std::size_t index)
      : value_(value), parent_(parent), key_(key), index_(index) {}

  const nlohmann::json& value_;
  const JsonNode* parent_ = nullptr;
  std::string_view key_;
  std::size_t index_ = 0;
};

/// Parses a document; keys that occur twice in one object are an error. Never throws.
[[nodiscard]] Result<nlohmann::json> parse_json(std::string_view text);

} // namespace volt
