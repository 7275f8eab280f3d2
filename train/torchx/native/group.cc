// The processes of a training, joined by libtorch's c10d: a store where they
// find each other, and a group that sums and spreads tensors with Gloo.
#include "group.h"

#include <signal.h>

using torchx::guard;

namespace {

using Clock = std::chrono::milliseconds;

Clock milliseconds(double seconds) { return Clock(static_cast<int64_t>(seconds * 1000)); }

struct Store {
  c10::intrusive_ptr<c10d::Store> tcp;  // below a prefix
};

Store &store(tx_store s) {
  if (s == nullptr) throw std::invalid_argument("nil store");
  return *static_cast<Store *>(s);
}

// The threads that body starts take no signals: those are for the threads of the
// program's own runtime. A connection that closed gives them an error instead.
template <typename Body>
void without_signals(const Body &body) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    body();
  } catch (...) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace

char *tx_store_new(const char *host, int32_t port, const char *prefix, int32_t serves, double seconds, tx_store *out) {
  return guard([&] {
    c10d::TCPStoreOptions options;
    options.port = static_cast<uint16_t>(port);
    options.isServer = serves != 0;
    options.waitWorkers = false;
    options.timeout = milliseconds(seconds);
    without_signals([&] { *out = new Store{c10::make_intrusive<c10d::PrefixStore>(prefix, c10::make_intrusive<c10d::TCPStore>(host, options))}; });
  });
}

char *tx_store_set(tx_store s, const char *key, const char *value) {
  return guard([&] { store(s).tcp->set(key, std::vector<uint8_t>(value, value + strlen(value))); });
}

char *tx_store_get(tx_store s, const char *key, char **value) {
  return guard([&] {
    const auto bytes = store(s).tcp->get(key);
    *value = torchx::message(std::string(bytes.begin(), bytes.end()).c_str());
  });
}

void tx_store_free(tx_store s) { delete static_cast<Store *>(s); }

#ifdef USE_C10D_GLOO

namespace torchx {

Group &group(tx_group g) {
  if (g == nullptr) throw std::invalid_argument("nil group");
  return *static_cast<Group *>(g);
}

}  // namespace torchx

int32_t tx_group_built(void) { return 1; }

char *tx_group_new(tx_store s, const char *address, const char *interface, int32_t rank, int32_t size, double seconds, tx_group *out) {
  return guard([&] {
    using Gloo = c10d::ProcessGroupGloo;
    auto options = Gloo::Options::create(milliseconds(seconds));
    options->threads = 2;
    without_signals([&] {
      options->devices.push_back(*interface ? Gloo::createDeviceForInterface(interface) : Gloo::createDeviceForHostname(address));
      *out = new torchx::Group{c10::make_intrusive<Gloo>(store(s).tcp, rank, size, options)};
    });
  });
}

char *tx_group_broadcast(tx_group g, const tx_tensor *list, int32_t n) {
  return guard([&] {
    at::NoGradGuard off;
    const auto tensors = torchx::tensors(list, n);
    int64_t numbers = 0;
    for (const auto &t : tensors) numbers += t.numel();
    std::vector<at::Tensor> flat{at::empty({numbers})};
    int64_t at = 0;
    for (const auto &t : tensors) {
      flat[0].narrow(0, at, t.numel()).view(t.sizes()).copy_(t);
      at += t.numel();
    }
    torchx::group(g).gloo->broadcast(flat)->wait();
    at = 0;
    for (auto t : tensors) {
      t.copy_(flat[0].narrow(0, at, t.numel()).view(t.sizes()));
      at += t.numel();
    }
  });
}

void tx_group_free(tx_group g) { delete static_cast<torchx::Group *>(g); }

#else  // without Gloo's headers

int32_t tx_group_built(void) { return 0; }

namespace {

char *unbuilt() { return torchx::message("built without Gloo"); }

}  // namespace

char *tx_group_new(tx_store, const char *, const char *, int32_t, int32_t, double, tx_group *) { return unbuilt(); }
char *tx_group_broadcast(tx_group, const tx_tensor *, int32_t) { return unbuilt(); }
void tx_group_free(tx_group) {}

#endif
