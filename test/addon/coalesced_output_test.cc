// Output that KVM keeps: when it is asked for, when it is fetched, when it ends.
#include <array>
#include <doctest/doctest.h>
#include <string>

#include "engine/coalesced_output.h"
#include "engine/console.h"
#include "support/kept_writes.h"

namespace volt::test {

namespace {

using std::chrono::milliseconds;

/// What KVM is asked for, in order: `b`egin and `e`nd; `late` is written by another processor while KVM ends.
class RecordedRegister : public KeptRegister {
public:
  struct Record {
    std::string calls;
    bool refuses_begin = false;
    bool refuses_end = false;
    std::string late;
  };

  RecordedRegister(Record& record, KeptWrites& writes) : record_(record), writes_(writes) {}
  Result<void> begin() override {
    record_.calls += 'b';
    if (record_.refuses_begin) return host_error(ENOSPC, "begin");
    return {};
  }
  Result<void> end() override {
    record_.calls += 'e';
    writes_.print(record_.late);
    if (record_.refuses_end) return host_error(ENOMEM, "end");
    return {};
  }

private:
  Record& record_;
  KeptWrites& writes_;
};

/// A machine with COM1 whose processor writes through the ring whenever KVM was asked for it.
struct Bench {
  ~Bench() { output->close(); }

  [[nodiscard]] bool is_kept() const { return !record.calls.empty() && record.calls.back() == 'b'; }

  void exit(std::uint16_t address, std::uint8_t value) {
    output->fetch();
    ports.write(address, std::span(&value, 1));
    output->follow();
  }
  void poll() {
    std::uint8_t status = 0;
    output->fetch();
    ports.read(0x3fd, std::span(&status, 1));
    output->follow();
  }
  void send(char character) {
    const auto byte = static_cast<std::uint8_t>(character);
    if (!is_kept() || !writes.put(0x3f8, byte)) exit(0x3f8, byte);
  }
  void print_polled(std::string_view text) {
    for (const char character : text) {
      poll();
      send(character);
    }
  }
  /// Sixteen polled bytes: from now on they are kept.
  void begin() {
    print_polled("0123456789abcdef");
    REQUIRE(is_kept());
    static_cast<void>(printed());
  }
  [[nodiscard]] std::string printed() {
    std::array<std::uint8_t, 4096> bytes{};
    const std::size_t count = console.output().pop(bytes);
    return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count)};
  }
  void catch_up(unsigned times) {
    for (unsigned time = 0; time < times; ++time)
      output->catch_up();
  }

  KeptWrites writes;
  RecordedRegister::Record record;
  Console console;
  SerialPort port{console, nullptr};
  AddressBus ports;
  std::string failure;
  std::shared_ptr<CoalescedOutput> output = [this] {
    REQUIRE(ports.attach(0x3f8, 8, port, 0).ok());
    return std::make_shared<CoalescedOutput>(
        CoalescedOutput::Parts{.port = port,
                               .ports = ports,
                               .output = console.output(),
                               .ring = writes.ring(),
                               .kept = std::make_unique<RecordedRegister>(record, writes),
                               .failed = [this](const Error& error) { failure = error.message; }});
  }();
};

constexpr std::uint16_t ier = 0x3f9;
constexpr std::uint16_t lcr = 0x3fb;
constexpr std::uint16_t mcr = 0x3fc;

} // namespace

TEST_SUITE("engine/coalesced_output") {
  TEST_CASE("a guest that polls has its output kept, complete and in order") {
    Bench bench;
    std::string text;
    for (unsigned line = 0; line < 100; ++line)
      text += "line " + std::to_string(line) + "\n";
    bench.print_polled(text);
    bench.poll();
    CHECK(bench.printed() == text);
    CHECK(bench.record.calls == "b");
  }

  TEST_CASE("one that does not poll is left alone") {
    Bench bench;
    for (unsigned count = 0; count < 1000; ++count)
      bench.send('x');
    CHECK(bench.printed().size() == 1000);
    CHECK(bench.record.calls.empty());
  }

  TEST_CASE("a ring that is full is handed over before the byte that had no room") {
    Bench bench;
    bench.begin();
    std::string text;
    for (unsigned count = 0; count < 400; ++count) {
      text += static_cast<char>('a' + count % 26);
      bench.send(text.back());
    }
    bench.output->fetch();
    CHECK(bench.printed() == text);
  }

  TEST_CASE("whatever gives bytes another effect ends it, with what is on its way") {
    for (const auto& [address, value] : {std::pair<std::uint16_t, std::uint8_t>{ier, 0x02}, {lcr, 0x80}, {mcr, 0x10}}) {
      CAPTURE(address);
      Bench bench;
      bench.begin();
      bench.send('k');
      bench.exit(address, value);
      CHECK(bench.record.calls == "be");
      CHECK(bench.writes.ring().empty());
      CHECK(bench.printed() == "k"); // before the register was written
    }
    Bench bench;
    bench.begin();
    bench.record.late = "late";
    bench.exit(ier, 0x02);
    CHECK(bench.writes.ring().empty());
    CHECK(bench.printed() == "late");
    bench.exit(ier, 0x00);
    bench.print_polled("fewer than 32");
    CHECK(bench.record.calls == "be");
    CHECK(bench.printed() == "fewer than 32");
  }

  TEST_CASE("other interrupts and other registers end nothing") {
    Bench bench;
    bench.begin();
    bench.exit(ier, 0x05);
    bench.exit(lcr, 0x03);
    bench.exit(mcr, 0x0b);
    bench.exit(0x3fa, 0x07);
    bench.exit(ier, 0x00);
    CHECK(bench.record.calls == "b");
  }

  TEST_CASE("a last byte without an exit reaches a reader who waits, and then nobody is woken any more") {
    Bench bench;
    bench.begin();
    std::array<std::uint8_t, 64> bytes{};
    CHECK(bench.console.output().pop_wait(bytes, milliseconds(10'000)) == 0); // to look at the interval
    bench.send('z');
    REQUIRE(bench.console.output().pop_wait(bytes, milliseconds(10'000)) == 1);
    CHECK(bytes.front() == 'z');
    bench.catch_up(CoalescedOutput::patience);
    CHECK(bench.record.calls == "be");
  }

  TEST_CASE("a rest is so many quiet intervals in a row, and what comes last is not lost") {
    Bench bench;
    bench.begin();
    for (unsigned round = 0; round < 3; ++round) {
      bench.catch_up(CoalescedOutput::patience - 1);
      bench.send('.');
    }
    CHECK(bench.record.calls == "b");
    bench.record.late = "!";
    bench.catch_up(CoalescedOutput::patience + 1);
    CHECK(bench.record.calls == "be");
    CHECK(bench.printed() == "...!");
    bench.begin();
    CHECK(bench.record.calls == "beb");
  }

  TEST_CASE("closing hands over the rest, and nothing begins afterwards") {
    Bench bench;
    bench.begin();
    bench.send('x');
    bench.output->close();
    CHECK(bench.printed() == "x");
    bench.output->close();
    CHECK(bench.record.calls == "be");
    bench.catch_up(1);
    bench.print_polled("as many as you like, and more than thirty-two");
    CHECK(bench.record.calls == "be");
    CHECK(bench.printed() == "as many as you like, and more than thirty-two");
  }

  TEST_CASE("a host that keeps nothing is asked once, and all is as before") {
    Bench bench;
    bench.record.refuses_begin = true;
    for (unsigned count = 0; count < 1000; ++count) {
      bench.poll();
      bench.exit(0x3f8, 'x');
    }
    CHECK(bench.printed().size() == 1000);
    CHECK(bench.record.calls == "b");
    CHECK(bench.failure.empty());
  }

  TEST_CASE("one that cannot end it is the machine's end") {
    Bench bench;
    bench.begin();
    bench.record.refuses_end = true;
    bench.exit(ier, 0x02);
    CHECK(!bench.failure.empty());
    bench.output->close();
    CHECK(bench.record.calls == "be");
  }

  TEST_CASE("a guest that toggles the transmitter's interrupt costs less and less") {
    Bench bench;
    constexpr unsigned rounds = 4000;
    for (unsigned round = 0; round < rounds; ++round) {
      bench.print_polled("0123456789abcdef");
      bench.exit(ier, 0x02);
      bench.exit(ier, 0x00);
    }
    CHECK(bench.record.calls == "be"); // a row is broken by each toggle, and 32 is never reached
    for (unsigned round = 0; round < rounds; ++round) {
      for (unsigned count = 0; count < 100 && !bench.is_kept(); ++count)
        bench.print_polled("x");
      bench.exit(ier, 0x02);
      bench.exit(ier, 0x00);
    }
    CHECK(bench.record.calls == "bebebe"); // 16, 32, 64, and 128 in a row do not come
  }
}

} // namespace volt::test
