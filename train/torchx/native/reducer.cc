// The sum of gradients over a group of processes, and the running statistics of
// batch normalisations that all of them agree on.
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <cmath>

#include "group.h"

using torchx::guard;

#ifdef USE_C10D_GLOO

namespace {

constexpr int64_t kBucket = 1 << 20;  // numbers, but for larger tensors

// A running statistic r of momentum m. Every batch changes it to (1−m)r + ms. A
// process that sees k of a step's K batches in turn, later of which come after,
// has (1−m)ᵏr + b in the end; as if one process had seen all, it is to be
//
//	(1−m)ᴷ r + Σ (1−m)^later b
struct Running {
  at::Tensor now, before;
  double keep;  // 1−m
};

// What a tensor takes of the buckets: the bucket, and where it begins there.
struct Slot {
  size_t bucket;
  int64_t begin;
};

// Calls ready once a parameter has its gradient of a way back.
struct AfterGradient : torch::autograd::FunctionPostHook {
  std::function<void()> ready;
  explicit AfterGradient(std::function<void()> f) : ready(std::move(f)) {}
  torch::autograd::variable_list operator()(const torch::autograd::variable_list &outputs, const torch::autograd::variable_list &) override {
    ready();
    return outputs;
  }
};

struct Reducer {
  torchx::Group &group;
  std::vector<at::Tensor> parameters;
  std::vector<Running> running;
  int64_t own, later, all;  // batches: k, and K

  std::vector<at::Tensor> buckets;
  std::vector<Slot> parameter_slots, running_slots;
  Slot flag_slot, extra_slot;  // whether a parameter has a gradient, for each; and what the caller adds up
  std::vector<c10::intrusive_ptr<c10d::Work>> works;

  // Which have the hooks; libtorch 2.15 counts its references to them otherwise than 1.13.
  std::vector<decltype(torch::autograd::impl::grad_accumulator(at::Tensor()))> accumulators;
  std::vector<size_t> waiting;   // parameters of each bucket without the gradient of this way back
  size_t parameter_buckets = 0;  // the first ones
  bool armed = false;            // this way back is the step's last

  explicit Reducer(torchx::Group &g) : group(g) {}

  // Makes the buckets. Small tensors share one. The last parameters come first, as
  // on the way back.
  void arrange(int64_t extras) {
    int64_t filled = 0;
    std::vector<int64_t> sizes;
    const auto take = [&](int64_t n) {
      if (sizes.empty() || filled + n > kBucket) sizes.push_back(0), filled = 0;
      const Slot s{sizes.size() - 1, filled};
      sizes.back() = filled += n;
      return s;
    };
    parameter_slots.resize(parameters.size());
    for (size_t i = parameters.size(); i-- > 0;) parameter_slots[i] = take(parameters[i].numel());
    parameter_buckets = sizes.size();
    filled = kBucket;  // the rest is known at the end only
    for (const auto &r : running) running_slots.push_back(take(r.now.numel()));
    flag_slot = take(static_cast<int64_t>(parameters.size()));
    extra_slot = take(extras);
    for (const int64_t n : sizes) buckets.push_back(at::zeros({n}));
  }

  // Has every parameter tell when it has its gradient.
  static void listen(const std::shared_ptr<Reducer> &r) {
    const std::weak_ptr<Reducer> weak = r;
    for (size_t i = 0; i < r->parameters.size(); i++) {
      auto node = torch::autograd::impl::grad_accumulator(r->parameters[i]);
      TORCH_CHECK(node, "a parameter has no gradient");
      node->add_post_hook(std::make_unique<AfterGradient>([weak, i] {
        if (const auto strong = weak.lock()) strong->ready(i);
      }));
      r->accumulators.push_back(std::move(node));
    }
  }

  void arm() {
    armed = true;
    waiting.assign(parameter_buckets, 0);
    for (const auto &s : parameter_slots) waiting[s.bucket]++;
  }

  // Sends the buckets that are full, in their order, which is that of all processes.
  void ready(size_t parameter) {
    if (!armed) return;
    at::NoGradGuard off;
    waiting[parameter_slots[parameter].bucket]--;
    while (works.size() < parameter_buckets && waiting[works.size()] == 0) send_gradients();
  }

  at::Tensor part(const Slot &s, int64_t n) const { return buckets[s.bucket].narrow(0, s.begin, n); }

  // The place of a tensor's numbers, in its own order.
  at::Tensor place(const Slot &s, const at::Tensor &like) const { return buckets[s.bucket].as_strided(like.sizes(), like.strides(), s.begin); }

  void send() {
    std::vector<at::Tensor> one{buckets[works.size()]};
    works.push_back(group.gloo->allreduce(one));
  }

  // Fills and sends the next bucket of gradients.
  void send_gradients() {
    for (size_t i = 0; i < parameters.size(); i++) {
      if (parameter_slots[i].bucket != works.size()) continue;
      const auto &grad = parameters[i].grad();
      const auto to = place(parameter_slots[i], parameters[i]);
      grad.defined() ? to.copy_(grad) : to.zero_();
    }
    send();
  }

  // Sends what was not sent on the way back.
  void start(const float *extras, int64_t n) {
    armed = false;
    while (works.size() < parameter_buckets) send_gradients();
    for (size_t i = 0; i < running.size(); i++) {
      const auto &r = running[i];
      place(running_slots[i], r.now).copy_(r.now.sub(r.before, std::pow(r.keep, own)).mul_(std::pow(r.keep, later)));
    }
    float *flags = part(flag_slot, static_cast<int64_t>(parameters.size())).data_ptr<float>();
    for (size_t i = 0; i < parameters.size(); i++) flags[i] = parameters[i].grad().defined();
    std::copy_n(extras, n, part(extra_slot, n).data_ptr<float>());
    while (works.size() < buckets.size()) send();
  }

  void wait() {
    for (auto &w : works) w->wait();
  }

  // Gives the parameters the sums as gradients, until the next start.
  void finish(float *extras, int64_t n) {
    works.clear();
    const float *flags = part(flag_slot, static_cast<int64_t>(parameters.size())).data_ptr<float>();
    for (size_t i = 0; i < parameters.size(); i++) {
      auto &p = parameters[i];
      if (flags[i] == 0) continue;
      const auto sum = place(parameter_slots[i], p);
      p.mutable_grad() = p.is_cpu() ? sum : sum.to(p.device());
    }
    for (size_t i = 0; i < running.size(); i++) {
      auto &r = running[i];
      r.before.mul_(std::pow(r.keep, all)).add_(place(running_slots[i], r.now).to(r.now.device()));
      r.now.copy_(r.before);
    }
    std::copy_n(part(extra_slot, n).data_ptr<float>(), n, extras);
  }
};

using Handle = std::shared_ptr<Reducer>;

Reducer &reducer(tx_reducer r) {
  if (r == nullptr) throw std::invalid_argument("nil reducer");
  return **static_cast<Handle *>(r);
}

}  // namespace

char *tx_reducer_new(tx_group g, const tx_tensor *parameters, int32_t n, const tx_tensor *running, const double *momentum, int32_t m,
                     int64_t own, int64_t later, int64_t all, int64_t extras, tx_reducer *out) {
  return guard([&] {
    at::NoGradGuard off;
    auto r = std::make_shared<Reducer>(torchx::group(g));
    r->parameters = torchx::tensors(parameters, n);
    for (const auto &p : r->parameters) TORCH_CHECK(p.scalar_type() == at::kFloat && p.is_non_overlapping_and_dense(), "a parameter is not a dense float32 tensor");
    for (int32_t i = 0; i < m; i++) {
      const auto &now = torchx::tensor(running[i]);
      r->running.push_back({now, now.clone(), 1 - momentum[i]});
    }
    r->own = own, r->later = later, r->all = all;
    r->arrange(extras);
    Reducer::listen(r);
    *out = new Handle(std::move(r));
  });
}

char *tx_reducer_arm(tx_reducer r) {
  return guard([&] { reducer(r).arm(); });
}

char *tx_reducer_start(tx_reducer r, const float *extras, int64_t n) {
  return guard([&] {
    at::NoGradGuard off;
    reducer(r).start(extras, n);
  });
}

char *tx_reducer_wait(tx_reducer r) {
  return guard([&] { reducer(r).wait(); });
}

char *tx_reducer_finish(tx_reducer r, float *extras, int64_t n) {
  return guard([&] {
    at::NoGradGuard off;
    reducer(r).finish(extras, n);
  });
}

void tx_reducer_free(tx_reducer r) { delete static_cast<Handle *>(r); }

#else  // without Gloo's headers

namespace {

char *unbuilt() { return torchx::message("built without Gloo"); }

}  // namespace

char *tx_reducer_new(tx_group, const tx_tensor *, int32_t, const tx_tensor *, const double *, int32_t, int64_t, int64_t, int64_t, int64_t, tx_reducer *) { return unbuilt(); }
char *tx_reducer_arm(tx_reducer) { return unbuilt(); }
char *tx_reducer_start(tx_reducer, const float *, int64_t) { return unbuilt(); }
char *tx_reducer_wait(tx_reducer) { return unbuilt(); }
char *tx_reducer_finish(tx_reducer, float *, int64_t) { return unbuilt(); }
void tx_reducer_free(tx_reducer) {}

#endif
