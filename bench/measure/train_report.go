package main

import (
	"cmp"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// trainReport is what the benchmark of training found.
type trainReport struct {
	began            time.Time
	machine          machine
	revision         string
	peers            []string
	threads, workers int
	data             trainData
	scenes           []*trainScene
}

// markdown returns the report.
func (r *trainReport) markdown() string {
	var b strings.Builder
	rows := [][2]string{
		{"date", r.began.Format("2 January 2006")},
		{"machine", r.machine.String()},
		{"train", r.revision},
		{"peers", strings.Join(r.peers, "; ")},
		{"threads", fmt.Sprintf("%d for the network, %d to load images", r.threads, r.workers)},
		{"input", r.data.String()},
	}
	table(&b, rows)
	b.WriteString("\n#### Throughput and memory\n\n")
	throughputHead(&b)
	for _, s := range r.scenes {
		s.rows(&b)
	}
	b.WriteString("\n#### Where the time of train goes\n\n")
	phaseTable(&b, r.scenes, 0)
	return b.String()
}

// throughputHead begins the table of rows.
func throughputHead(b *strings.Builder) {
	b.WriteString("| network | program | images/s | slowest – fastest | ÷ PyTorch | processor s an image | PyTorch ÷ it | peak MB, all processes | ÷ PyTorch | first process MB | loss | runs |\n")
	b.WriteString("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
}

// String describes the images and the steps.
func (d trainData) String() string {
	what := "drawn by cocostat sample"
	if !d.made {
		what = "of " + filepath.Base(filepath.Dir(d.images))
	}
	return fmt.Sprintf("%d×%d, %d images %s, batch %d, %d steps an epoch, %d epochs, the first not counted", d.size, d.size, d.steps*d.batch, what, d.batch, d.steps, trainEpochs)
}

// rows writes a row for each program of a scene.
func (s *trainScene) rows(b *strings.Builder) {
	peer := s.fastestPeer()
	for _, p := range s.programs {
		fmt.Fprintf(b, "| %s | %s |", s.network.title, p.name)
		if p.failure() != nil {
			word := "failed: "
			if p.why != nil {
				word = "left out: "
			}
			fmt.Fprintf(b, " %s |%s\n", word+cell(p.failure()), strings.Repeat(" |", 9))
			continue
		}
		rates, m := p.rates(), p.best()
		fast, small, light := "?", "?", "?"
		if peer != nil {
			fast = fmt.Sprintf("%.2f", m.rate()/peer.best().rate())
			light = fmt.Sprintf("%.2f", s.leastProcessor()/p.processor())
			small = fmt.Sprintf("%.2f", float64(p.peakAll())/float64(peer.peakAll()))
		}
		fmt.Fprintf(b, " %.2f | %.2f – %.2f | %s | %.2f | %s | %.0f | %s | %.0f | %.3f | %d |\n", m.rate(), rates[0], rates[len(rates)-1], fast,
			p.processor(), light, megabytes(p.peakAll()), small, megabytes(m.peak), m.epochs[trainEpochs-1].loss, len(p.runs))
	}
}

// fastestPeer returns the program of PyTorch with the most images per second,
// or nil if none ran.
func (s *trainScene) fastestPeer() (best *trainProgram) {
	for _, p := range s.programs {
		if p.peer && p.failure() == nil && (best == nil || p.best().rate() > best.best().rate()) {
			best = p
		}
	}
	return best
}

// leastProcessor returns the least processor seconds for an image of PyTorch.
func (s *trainScene) leastProcessor() float64 {
	least := math.Inf(1)
	for _, p := range s.programs {
		if p.peer && p.failure() == nil {
			least = min(least, p.processor())
		}
	}
	return least
}

// rates returns the images per second of the runs in ascending order.
func (p *trainProgram) rates() []float64 {
	var rates []float64
	for _, r := range p.runs {
		rates = append(rates, r.rate())
	}
	slices.Sort(rates)
	return rates
}

// best returns the run with the most images per second, the one that other work
// on the machine disturbed least.
func (p *trainProgram) best() trainRun {
	return slices.MaxFunc(p.runs, func(a, b trainRun) int { return cmp.Compare(a.rate(), b.rate()) })
}

// processor returns the least processor seconds for an image of the runs.
func (p *trainProgram) processor() float64 {
	least := p.runs[0].processor()
	for _, r := range p.runs[1:] {
		least = min(least, r.processor())
	}
	return least
}

// peakAll is the middle of the runs' peaks, all processes together.
func (p *trainProgram) peakAll() int64 {
	var all []measured
	for _, r := range p.runs {
		all = append(all, r.measured)
	}
	return middle(all, func(m measured) int64 { return m.all })
}

// phaseTable writes the milliseconds an image of each phase of the scenes' program at a
// place.
func phaseTable(b *strings.Builder, scenes []*trainScene, at int) {
	b.WriteString("| ms an image |")
	rule := "|---|"
	for _, s := range scenes {
		fmt.Fprintf(b, " %s | part |", s.network.name)
		rule += "--:|--:|"
	}
	b.WriteString("\n" + rule + "\n")
	for _, phase := range []struct {
		name string
		of   func(*trainTimes) float64
	}{
		{"waiting for images", func(t *trainTimes) float64 { return t.Waiting }},
		{"batch into tensors, garbage", func(t *trainTimes) float64 { return t.Copying }},
		{"forward", func(t *trainTimes) float64 { return t.Forward }},
		{"loss", func(t *trainTimes) float64 { return t.Loss }},
		{"backward", func(t *trainTimes) float64 { return t.Backward }},
		{"optimiser", func(t *trainTimes) float64 { return t.Optimiser }},
		{"waiting for a GPU", func(t *trainTimes) float64 { return t.Device }},
		{"progress, checkpoints", func(t *trainTimes) float64 { return t.Other }},
		{"beside it, the loader: reading and decoding", func(t *trainTimes) float64 { return t.Decoding }},
		{"augmenting", func(t *trainTimes) float64 { return t.Augmenting }},
		{"targets", func(t *trainTimes) float64 { return t.Targets }},
	} {
		fmt.Fprintf(b, "| %s |", phase.name)
		for _, s := range scenes {
			b.WriteString(s.programs[at].phase(phase.of))
		}
		b.WriteString("\n")
	}
}

// phase returns two cells: milliseconds an image, and the part of all time.
func (p *trainProgram) phase(of func(*trainTimes) float64) string {
	if p.failure() != nil {
		return " ? | ? |"
	}
	images, seconds, all := p.best().spent(of)
	return fmt.Sprintf(" %.2f | %.1f %% |", 1000*seconds/float64(images), 100*seconds/all)
}

// spent returns the images after the first epoch, the seconds of a phase, and all
// seconds. Runs of other programs than ours have no phases.
func (r trainRun) spent(of func(*trainTimes) float64) (images int, seconds, all float64) {
	for _, e := range r.epochs[1:] {
		images += e.images
		all += e.seconds
		if e.times != nil {
			seconds += of(e.times)
		}
	}
	return images, seconds, all
}
