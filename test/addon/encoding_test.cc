// Hexadecimal and base64, strictly.
#include <doctest/doctest.h>

#include "base/encoding.h"
#include "base/error.h"

namespace volt::test {

TEST_SUITE("base/encoding") {
  TEST_CASE("addresses are read in their one spelling only") {
    CHECK(parse_address("0x0") == std::optional<std::uint64_t>(0));
    CHECK(parse_address("0xffffffffffffffff") == std::optional<std::uint64_t>(UINT64_MAX));
    for (const char* wrong :
         {"", "0x", "0", "10", "0x00", "0x01", "0xA", "0X1", "0x1g", "0x10000000000000000", " 0x1", "0x-1"}) {
      CAPTURE(wrong);
      CHECK(!parse_address(wrong));
    }
  }

  TEST_CASE("addresses are written as they are read") {
    for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{0xfee00000}, UINT64_MAX}) {
      CHECK(parse_address(format_address(value)) == std::optional(value));
    }
  }

  TEST_CASE("base64 gives the bytes of RFC 4648's examples") {
    const auto text_of = [](std::string_view encoded) {
      const auto bytes = decode_base64(encoded);
      REQUIRE(bytes);
      return std::string(bytes->begin(), bytes->end());
    };
    CHECK(text_of("").empty());
    CHECK(text_of("Zg==") == "f");
    CHECK(text_of("Zm8=") == "fo");
    CHECK(text_of("Zm9v") == "foo");
    CHECK(text_of("Zm9vYmFy") == "foobar");
    CHECK(decode_base64("+/+/") == std::optional(std::vector<std::uint8_t>{0xfb, 0xff, 0xbf}));
  }

  TEST_CASE("base64 of another spelling is refused") {
    for (const char* wrong :
         {"Z", "Zg", "Zg=", "Zm9v=", "Zh==", "Zm9=", "====", "Zm 9v", "Zm-_", "Zg==Zg==", "Z===", "Zm9v\n"}) {
      CAPTURE(wrong);
      CHECK(!decode_base64(wrong));
    }
  }

  TEST_CASE("control characters are spelled out, and long text is cut") {
    CHECK(printable("gr\xc3\xbc\xc3\x9f dich", 99) == "gr\xc3\xbc\xc3\x9f dich");
    CHECK(printable("a\x1b[31m\n\x7f", 99) == "a\\x1b[31m\\x0a\\x7f");
    CHECK(printable("abcdef", 6) == "abcdef");
    CHECK(printable("abcdef", 5) == "abcde...");
    CHECK(plan_invalid("/files", std::string(1'000'000, '\t')).message.size() < 2000);
  }

  TEST_CASE("bytes are written with two digits each") {
    const std::uint8_t bytes[] = {0x0f, 0xb8, 0x00};
    CHECK(format_bytes(bytes, " ") == "0f b8 00");
    CHECK(format_bytes(bytes, "") == "0fb800");
  }
}

} // namespace volt::test
