package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// gpuChecks compare what a GPU computes with what the CPU computes.
type gpuChecks struct {
	tests      []string // lines of go test
	precisions []string
	losses     [][]float64 // of each epoch, on the CPU and in each precision
	detections []string    // what the same network finds on both
}

// checkEpochs is how long the trainings are that are compared.
const checkEpochs = 3

// checkGPU runs the tests that need a GPU, and a short training on both.
func (b *bench) checkGPU(ctx context.Context, train, cocostat string) (c gpuChecks, err error) {
	say("checks: tests, losses and detections on the CPU and on %s", b.options.device)
	if c.tests, err = b.gpuTests(ctx); err != nil {
		return c, err
	}
	set := filepath.Join(b.dir, "gpu-sample")
	args := []string{cocostat, "sample", set, "--force", "--size", "64", "--images", "64", "--val-images", "16"}
	if _, err := (process{args: args}).run(ctx); err != nil {
		return c, err
	}
	run := func(name, device, precision string) (string, error) {
		folder := filepath.Join(b.dir, "gpu-check-"+name)
		if err := os.RemoveAll(folder); err != nil {
			return "", err
		}
		args := []string{train, set, "-o", folder, "--quiet", "--size", "64", "--batch", "16", "--epochs", strconv.Itoa(checkEpochs), "--eval-every", strconv.Itoa(checkEpochs),
			"--backbone", "resnet18", "--neck", "64,32", "--lr", "5e-4", "--threads", strconv.Itoa(b.threads), "--device", device, "--precision", precision}
		_, err := process{args: args}.run(ctx)
		return folder, err
	}
	cpu, err := run("cpu", "cpu", "float32")
	if err != nil {
		return c, err
	}
	folders := []string{cpu}
	for _, p := range strings.Fields(b.options.precisions) {
		folder, err := run(p, b.options.device, p)
		if err != nil {
			return c, err
		}
		c.precisions = append(c.precisions, p)
		folders = append(folders, folder)
	}
	for _, folder := range folders {
		epochs, err := readMetrics(filepath.Join(folder, "metrics.jsonl"), 16)
		if err != nil {
			return c, err
		}
		var losses []float64
		for _, e := range epochs {
			losses = append(losses, e.loss)
		}
		c.losses = append(c.losses, losses)
	}
	c.detections, err = b.compareDetections(ctx, train, cpu, filepath.Join(set, "annotations", "instances_val.json"))
	return c, err
}

// gpuTests runs the tests of what a GPU computes. They need the libraries, which make
// built, and are skipped without a GPU.
func (b *bench) gpuTests(ctx context.Context) (lines []string, err error) {
	m, err := process{args: []string{"go", "test", "-count=1", "-v", "-run", "OnCUDA|ToCUDA", "./train/torchx", "./train"}, dir: b.root, output: true}.run(ctx)
	for line := range strings.Lines(string(m.output)) {
		if line = strings.TrimRight(line, "\n"); strings.HasPrefix(line, "---") || strings.HasPrefix(line, "    ") && strings.Contains(line, "_test.go") || strings.HasPrefix(line, "FAIL") {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("no tests ran: %w", err)
	}
	return lines, ctx.Err() // what failed stands in the lines
}

// found is a detection of predict.
type found struct {
	Image    int64      `json:"image_id"`
	Category int64      `json:"category_id"`
	Box      [4]float64 `json:"bbox"`
	Score    float64    `json:"score"`
}

// compareDetections has one network find objects on both devices.
func (b *bench) compareDetections(ctx context.Context, train, run, annotations string) (lines []string, err error) {
	var both [2][]found
	for i, device := range []string{"cpu", b.options.device} {
		out := filepath.Join(b.dir, fmt.Sprintf("gpu-found-%d.json", i))
		args := []string{train, "predict", "--checkpoint", filepath.Join(run, "last.safetensors"), "--annotations", annotations, "--threshold", "0", "-o", out, "--device", device, "--quiet"}
		if _, err := (process{args: args}).run(ctx); err != nil {
			return nil, err
		}
		text, err := os.ReadFile(out)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, &both[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", out, err)
		}
	}
	here, score, box := matched(both[0], both[1])
	return []string{
		fmt.Sprintf("%d detections on the CPU, %d on %s, of which %d have the same image, class and place", len(both[0]), len(both[1]), b.options.device, here),
		fmt.Sprintf("their scores differ by %.2g at most, their boxes by %.2g pixels", score, box),
	}, nil
}

// matched counts detections that have a counterpart of the same image and class less
// than a pixel away, and returns the largest differences of their scores and boxes.
func matched(a, b []found) (n int, score, box float64) {
	type key struct{ image, category int64 }
	rest := map[key][]found{}
	for _, f := range b {
		k := key{f.Image, f.Category}
		rest[k] = append(rest[k], f)
	}
	for _, f := range a {
		list := rest[key{f.Image, f.Category}]
		best, near := -1, 1.0
		for i, g := range list {
			away := 0.0
			for j := range f.Box {
				away = max(away, math.Abs(f.Box[j]-g.Box[j]))
			}
			if away < near {
				best, near = i, away
			}
		}
		if best < 0 {
			continue
		}
		n++
		score, box = max(score, math.Abs(f.Score-list[best].Score)), max(box, near)
		list[best] = list[len(list)-1]
		rest[key{f.Image, f.Category}] = list[:len(list)-1]
	}
	return n, score, box
}

func (c *gpuChecks) write(b *strings.Builder) {
	b.WriteString("\n#### The same as on the CPU?\n\n```\n")
	for _, line := range append(c.tests, c.detections...) {
		b.WriteString(line + "\n")
	}
	b.WriteString("```\n\n| mean loss of epoch | CPU, float32 |")
	rule := "|---|--:|"
	for _, p := range c.precisions {
		fmt.Fprintf(b, " %s | off |", p)
		rule += "--:|--:|"
	}
	b.WriteString("\n" + rule + "\n")
	for epoch, want := range c.losses[0] {
		fmt.Fprintf(b, "| %d | %.5f |", epoch+1, want)
		for i := range c.precisions {
			got := c.losses[1+i][epoch]
			fmt.Fprintf(b, " %.5f | %.2g %% |", got, 100*math.Abs(got-want)/want)
		}
		b.WriteString("\n")
	}
}
