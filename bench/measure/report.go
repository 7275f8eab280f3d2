package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// report is what the benchmark found.
type report struct {
	began      time.Time
	machine    machine
	revision   string
	input      *inputs
	reference  *analysis
	programs   []*program
	compressed []*program
	faults     []verdict
	growth     *growth
	floor      int64 // peak of the process that starts the programs, bytes
}

// markdown returns the report.
func (r *report) markdown() string {
	var b strings.Builder
	r.head(&b)
	b.WriteString("\n### Counting the classes\n\n")
	timeTable(&b, r.programs, [3]string{"dd", "cocostat", "counts"})
	b.WriteString("\n### Compressed\n\n")
	timeTable(&b, r.compressed, [3]string{"tool", "library", "counts"})
	b.WriteString("\n### What is refused\n\n")
	r.faultTable(&b)
	b.WriteString("\n### Memory\n\n")
	r.growthTable(&b)
	return b.String()
}

func (r *report) head(b *strings.Builder) {
	name := "made, " + filepath.Base(r.input.file)
	if !r.input.made {
		name = "given, " + filepath.Base(r.input.file)
	}
	rows := [][2]string{
		{"date", r.began.Format("2 January 2006")},
		{"machine", r.machine.String()},
		{"cocostat", r.revision},
		{"file", fmt.Sprintf("%s: %.1f MB, %s images, %s annotations, %s pairs of image and class", name, megabytes(r.input.size),
			thousands(r.reference.images), thousands(r.reference.annotations), thousands(r.reference.pairs))},
		{"compressed", fmt.Sprintf("gzip -6: %.1f MB, zstd -3: %.1f MB", megabytes(r.input.gzipSize), megabytes(r.input.zstdSize))},
	}
	table(b, rows)
}

// table writes a table of two columns without heads.
func table(b *strings.Builder, rows [][2]string) {
	b.WriteString("| | |\n|---|---|\n")
	for _, row := range rows {
		fmt.Fprintf(b, "| %s | %s |\n", row[0], row[1])
	}
}

// timeTable writes a row for each program; heads name the two that its time is
// compared with, and what is checked.
func timeTable(b *strings.Builder, list []*program, heads [3]string) {
	fmt.Fprintf(b, "| program | seconds | fastest – slowest | ÷ %s | ÷ %s | processor s | peak MB | runs | %s |\n", heads[0], heads[1], heads[2])
	b.WriteString("|---|--:|--:|--:|--:|--:|--:|--:|---|\n")
	for _, p := range list {
		if p.failure() != nil {
			fmt.Fprintf(b, "| %s | %s |\n", p.name, strings.Join([]string{p.failed(), "", "", "", "", "", "", ""}, " | "))
			continue
		}
		m := median(p.runs)
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %.0f | %d | %s |\n", p.name, seconds(m.wall), span(p),
			ratio(m.wall, p.relative[0]), ratio(m.wall, p.relative[1]), seconds(m.cpu), megabytes(m.peak), len(p.runs), p.note)
	}
}

// failed says why a program has no result.
func (p *program) failed() string {
	if p.why != nil {
		return "left out: " + cell(p.why)
	}
	return "failed: " + cell(p.err)
}

// cell returns the text of an error for a table.
func cell(err error) string {
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(err.Error())
}

func (r *report) faultTable(b *strings.Builder) {
	b.WriteString("| program | refuses | accepts |\n|---|--:|---|\n")
	for _, v := range r.faults {
		if v.sound != nil {
			fmt.Fprintf(b, "| %s | ? | cannot read the file without a fault: %s |\n", v.name, cell(v.sound))
			continue
		}
		var accepted []string
		for i, f := range faults {
			if !v.refused[i] {
				accepted = append(accepted, f.name)
			}
		}
		fmt.Fprintf(b, "| %s | %d of %d | %s |\n", v.name, len(faults)-len(accepted), len(faults), strings.Join(accepted, "; "))
	}
	b.WriteString("\nThe faults: ")
	for i, f := range faults {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(f.name)
	}
	b.WriteString(".\n")
}

func (r *report) growthTable(b *strings.Builder) {
	b.WriteString("| input | MB read | images | annotations | pairs | seconds | peak MB |\n")
	b.WriteString("|---|--:|--:|--:|--:|--:|--:|\n")
	for _, g := range r.growth.rows {
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %.1f |\n", g.name, thousands(int64(megabytes(g.result.bytes)+0.5)),
			thousands(g.result.images), thousands(g.result.annotations), thousands(g.result.pairs),
			seconds(g.median.wall), megabytes(g.median.peak))
	}
	fmt.Fprintf(b, "\nPeak memory grows by %.0f bytes an image, %.0f bytes an annotation and %.0f bytes a pair of image and class. "+
		"A program that needs less than %.0f MB reads as that much: so large is the process that starts it.\n",
		r.growth.image, r.growth.annotation, r.growth.pair, megabytes(r.floor))
}

// ratio returns how many times the median of another program t is.
func ratio(t time.Duration, of *program) string {
	if of.failure() != nil {
		return "?"
	}
	x := float64(t) / float64(median(of.runs).wall)
	if x < 9.95 {
		return fmt.Sprintf("%.2f", x)
	}
	return fmt.Sprintf("%.1f", x)
}

func span(p *program) string {
	w := p.walls()
	if len(w) == 1 {
		return ""
	}
	return seconds(w[0]) + " – " + seconds(w[len(w)-1])
}

func seconds(d time.Duration) string {
	s := d.Seconds()
	switch {
	case s >= 9.995:
		return fmt.Sprintf("%.1f", s)
	case s >= 0.9995:
		return fmt.Sprintf("%.2f", s)
	}
	return fmt.Sprintf("%.3f", s)
}

func megabytes(n int64) float64 { return float64(n) / 1e6 }

// thousands writes n with commas.
func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
