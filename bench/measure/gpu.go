package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// gpuOptions are what the benchmark on a GPU tries.
type gpuOptions struct {
	device     string // cuda or cuda:N; cpu to try the benchmark itself
	batches    string // numbers of images, divided by spaces
	precisions string // likewise
}

// gpuReport is what it found.
type gpuReport struct {
	began            time.Time
	machine          machine
	gpu, revision    string
	peers            []string
	threads, workers int
	checks           gpuChecks
	data             []trainData
	scenes           []*trainScene
	names            []string // of our programs in each scene, in their order
}

// gpu compares train on a GPU with the CPU, and with PyTorch on the same GPU.
func (b *bench) gpu(ctx context.Context) error {
	networks, err := networksOf(b.networks)
	if err != nil {
		return err
	}
	batches, err := b.batchSizes()
	if err != nil {
		return err
	}
	bin := filepath.Join(b.root, "build", "bin")
	train, cocostat := filepath.Join(bin, "train"), filepath.Join(bin, "cocostat")
	r := &gpuReport{began: time.Now(), machine: thisMachine(), revision: revision(train), threads: b.threads, workers: b.workers, gpu: gpuName(ctx)}
	python, why := b.newestPython(ctx, filepath.Join(b.dir, "newest"))
	peer := &torchPeer{name: "PyTorch", python: python, ways: b.gpuPeerWays(), why: why}
	if why == nil {
		r.peers = []string{torchVersions(ctx, python)}
	}
	if r.checks, err = b.checkGPU(ctx, train, cocostat); err != nil {
		return err
	}
	ways := b.gpuWays()
	for _, way := range ways {
		r.names = append(r.names, way.name)
	}
	for _, batch := range batches {
		d := trainData{size: b.size, batch: batch, steps: max(1, int(trainSteps*b.scale))}
		if err := b.prepareImages(ctx, &d, cocostat); err != nil {
			return err
		}
		r.data = append(r.data, d)
		for _, n := range networks {
			n.title += fmt.Sprintf(", batch %d", batch)
			r.scenes = append(r.scenes, &trainScene{n, b.trainPrograms(n, &d, train, ways, []*torchPeer{peer})})
		}
		// The next batch writes the annotations anew, so all runs come first.
		if err := b.measureScenes(ctx, r.scenes[len(r.scenes)-len(networks):]); err != nil {
			return err
		}
	}
	return b.publish("gpu.md", r.markdown())
}

// batchSizes reads the numbers of images.
func (b *bench) batchSizes() (batches []int, err error) {
	for _, word := range strings.Fields(b.options.batches) {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("-batches %q: want numbers of images", b.options.batches)
		}
		batches = append(batches, n)
	}
	if len(batches) == 0 || b.size < 32 || b.size%32 != 0 {
		return nil, fmt.Errorf("-batches %q, -size %d: want at least one number, and a multiple of 32", b.options.batches, b.size)
	}
	return batches, nil
}

// gpuWays are train in each precision, and in the last once more with each part of a
// step waited for, so that its times are the parts'.
func (b *bench) gpuWays() (ways []ourWay) {
	for _, p := range strings.Fields(b.options.precisions) {
		ways = append(ways, ourWay{name: "**train** " + p, args: b.onDevice(p)})
	}
	last := ways[len(ways)-1]
	return append(ways, ourWay{name: last.name + ", each part waited for", args: last.args, env: []string{"CUDA_LAUNCH_BLOCKING=1"}})
}

// gpuPeerWays are PyTorch in each precision, as it is and compiled.
func (b *bench) gpuPeerWays() (ways []torchWay) {
	for _, p := range strings.Fields(b.options.precisions) {
		args := append([]string{"--layout", "nhwc"}, b.onDevice(p)...)
		ways = append(ways, torchWay{p + ", channels last", args}, torchWay{p + ", compiled", append(slices.Clone(args), "--compile")})
	}
	return ways
}

func (b *bench) onDevice(precision string) []string {
	return []string{"--device", b.options.device, "--precision", precision}
}

// gpuName asks the driver.
func gpuName(ctx context.Context) string {
	m, err := process{args: []string{"nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"}, output: true}.run(ctx)
	if err != nil {
		return "none that nvidia-smi knows"
	}
	return strings.TrimSpace(string(m.output))
}

// printTorch prints the folder that LIBTORCH wants of PyPI's newest PyTorch.
func (b *bench) printTorch(ctx context.Context) error {
	python, err := b.newestPython(ctx, filepath.Join(b.dir, "newest"))
	if err != nil {
		return err
	}
	const program = `import os, torch; print(os.path.dirname(torch.__file__))`
	m, err := process{args: []string{python, "-c", program}, output: true}.run(ctx)
	if err == nil && len(m.output) == 0 {
		err = errors.New(python + " has no PyTorch")
	}
	fmt.Printf("%s", m.output)
	return err
}

func (r *gpuReport) markdown() string {
	var b strings.Builder
	var inputs []string
	for _, d := range r.data {
		inputs = append(inputs, d.String())
	}
	table(&b, [][2]string{
		{"date", r.began.Format("2 January 2006")},
		{"GPU", r.gpu},
		{"machine", r.machine.String()},
		{"train", r.revision},
		{"peer", strings.Join(r.peers, "; ")},
		{"threads", fmt.Sprintf("%d for what is computed on the CPU, %d to load images", r.threads, r.workers)},
		{"input", strings.Join(inputs, "<br>")},
	})
	r.checks.write(&b)
	b.WriteString("\n#### Throughput and memory of the CPU\n\n")
	throughputHead(&b)
	for _, s := range r.scenes {
		s.rows(&b)
	}
	last := len(r.names) - 1
	fmt.Fprintf(&b, "\n#### Where the time goes: %s\n\n", r.names[last])
	phaseTable(&b, r.scenes, last)
	fmt.Fprintf(&b, "\n#### Images loaded beside images trained: %s\n\n", r.names[last-1])
	r.loading(&b, last-1)
	return b.String()
}

// loading writes how many images the loader could have made while so many were trained.
func (r *gpuReport) loading(b *strings.Builder, at int) {
	b.WriteString("| network | trained, images/s | decoded, augmented and with targets, images/s of all workers | decoded alone | waiting for images |\n|---|--:|--:|--:|--:|\n")
	for _, s := range r.scenes {
		p := s.programs[at]
		if p.failure() != nil {
			fmt.Fprintf(b, "| %s | %s | | | |\n", s.network.title, cell(p.failure()))
			continue
		}
		run := p.best()
		images, decoding, all := run.spent(func(t *trainTimes) float64 { return t.Decoding })
		_, loading, _ := run.spent(func(t *trainTimes) float64 { return t.Decoding + t.Augmenting + t.Targets })
		_, waiting, _ := run.spent(func(t *trainTimes) float64 { return t.Waiting })
		made := float64(images * r.workers)
		fmt.Fprintf(b, "| %s | %.1f | %.1f | %.1f | %.1f %% |\n", s.network.title, run.rate(), made/loading, made/decoding, 100*waiting/all)
	}
}
