// The physical limit: the table that sharena's index resembles, without JavaScript, without threads, without strings.
//
//   native-table STREAM_FILE ENTRIES VALUE_BYTES
//
// It makes the same keys and values as the other peers (see harness/fresh-keys.ts), then answers lines on stdin:
// `get FROM TO` and `set FROM TO` run the operations FROM to TO - 1 of the stream and print their sum and the
// nanoseconds of processor time that they took.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <vector>

namespace {

constexpr int kKeyBytes = 18;
constexpr int kPrefixBytes = 10;
constexpr int kStringValueBytes = 16;
constexpr uint32_t kEmpty = UINT32_MAX;

struct Key {
  char text[kKeyBytes];
};

Key keyOf(uint32_t index) {
  Key key;
  std::memcpy(key.text, "user:eu-1:", kPrefixBytes);
  uint32_t digits = (index + 1) * 0x9e3779b1u;
  for (int at = kKeyBytes - 1; at >= kPrefixBytes; at--, digits >>= 4) key.text[at] = "0123456789abcdef"[digits & 15];
  return key;
}

uint64_t mix(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

uint64_t hashOf(const Key &key) {
  uint64_t words[2];
  uint16_t tail;
  std::memcpy(words, key.text, 16);
  std::memcpy(&tail, key.text + 16, 2);
  return mix(mix(words[0] ^ 0xa0761d6478bd642full, words[1] ^ 0xe7037ed1a0b428dbull), tail ^ 0x8ebc6af09c88c6e3ull);
}

struct Slot {
  uint32_t tag;
  uint32_t record;
};

// Open addressing with linear probing, at most half full; records lie beside each other, key first.
class Table {
 public:
  Table(uint32_t entries, uint32_t valueBytes)
      : valueBytes_(valueBytes), recordBytes_((kKeyBytes + valueBytes + 7) & ~size_t{7}) {
    size_t slots = 16;
    while (slots < size_t{2} * entries) slots *= 2;
    slots_.assign(slots, Slot{0, kEmpty});
    records_.reserve(size_t{entries} * recordBytes_);
  }

  char *find(const Key &key) {
    const uint64_t hash = hashOf(key);
    const auto tag = static_cast<uint32_t>(hash >> 32);
    for (size_t at = hash & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
      const Slot slot = slots_[at];
      if (slot.record == kEmpty) return nullptr;
      char *record = records_.data() + slot.record * recordBytes_;
      if (slot.tag == tag && std::memcmp(record, key.text, kKeyBytes) == 0) return record + kKeyBytes;
    }
  }

  void insert(const Key &key, const char *value) {
    const uint64_t hash = hashOf(key);
    size_t at = hash & (slots_.size() - 1);
    while (slots_[at].record != kEmpty) at = (at + 1) & (slots_.size() - 1);
    const size_t offset = records_.size();
    slots_[at] = Slot{static_cast<uint32_t>(hash >> 32), static_cast<uint32_t>(offset / recordBytes_)};
    records_.resize(offset + recordBytes_);
    std::memcpy(records_.data() + offset, key.text, kKeyBytes);
    std::memcpy(records_.data() + offset + kKeyBytes, value, valueBytes_);
  }

 private:
  uint32_t valueBytes_;
  size_t recordBytes_;
  std::vector<Slot> slots_;
  std::vector<char> records_;
};

// A string value as stringValue makes it, or bytes as the peers with byte values have them.
void makeValue(uint32_t index, uint32_t bytes, char *into) {
  if (bytes == kStringValueBytes) {
    char text[kStringValueBytes + 1];
    std::snprintf(text, sizeof text, "v-%014x", (index + 7) * 0x85ebca6bu);
    std::memcpy(into, text, kStringValueBytes);
    return;
  }
  std::memset(into, static_cast<int>(index & 255), bytes);
}

int64_t processorNanoseconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return int64_t{now.tv_sec} * 1000000000 + now.tv_nsec;
}

std::vector<int32_t> readStream(const char *path) {
  std::FILE *file = std::fopen(path, "rb");
  if (file == nullptr) std::exit(2);
  std::vector<int32_t> stream;
  int32_t buffer[4096];
  for (size_t got; (got = std::fread(buffer, sizeof *buffer, 4096, file)) > 0;) stream.insert(stream.end(), buffer, buffer + got);
  std::fclose(file);
  return stream;
}

}  // namespace

int main(int count, char **arguments) {
  if (count != 4) return 2;
  const std::vector<int32_t> stream = readStream(arguments[1]);
  const auto entries = static_cast<uint32_t>(std::strtoul(arguments[2], nullptr, 10));
  const auto valueBytes = static_cast<uint32_t>(std::strtoul(arguments[3], nullptr, 10));
  Table table(entries, valueBytes);
  std::vector<char> value(valueBytes);
  for (uint32_t index = 0; index < entries; index++) {
    makeValue(index, valueBytes, value.data());
    table.insert(keyOf(index), value.data());
  }
  char verb[8];
  for (long from, to; std::scanf("%7s %ld %ld", verb, &from, &to) == 3;) {
    const bool writes = std::strcmp(verb, "set") == 0;
    int64_t sum = 0;
    const int64_t start = processorNanoseconds();
    for (long op = from; op < to; op++) {
      char *found = table.find(keyOf(static_cast<uint32_t>(stream[op & (stream.size() - 1)])));
      if (found == nullptr) return 3;
      if (writes) {
        std::memcpy(found, value.data(), valueBytes);
        sum += 1;
      } else {
        // A private copy, as the readers of a shared table take it.
        std::memcpy(value.data(), found, valueBytes);
        sum += static_cast<unsigned char>(value[valueBytes - 1]);
        if (valueBytes != kStringValueBytes) sum += valueBytes;
      }
    }
    std::printf("%lld %lld\n", static_cast<long long>(sum), static_cast<long long>(processorNanoseconds() - start));
    std::fflush(stdout);
  }
  return 0;
}
