package report_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"cocostat/internal/report"
)

// tab is a browser tab that shows a report and remembers what happened in it.
type tab struct {
	t   *testing.T
	ctx context.Context
	url string

	mu       sync.Mutex
	requests []string // addresses the page asked for
	messages []string // what it wrote to the console, or broke
	served   []string // paths that reached the server
}

// open starts a browser, and shows nothing yet. Each test has its own.
func open(t *testing.T, d report.Data) *tab {
	t.Helper()
	browser := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "headless_shell"} {
		// On Ubuntu the name may be there without the browser.
		if path, err := exec.LookPath(name); err == nil && exec.Command(path, "--version").Run() == nil {
			browser = path
			break
		}
	}
	if browser == "" {
		t.Skip("no browser here: install chromium (Debian, Ubuntu: apt-get install chromium)")
	}
	var page bytes.Buffer
	if err := report.Write(&page, d); err != nil {
		t.Fatal(err)
	}
	b := &tab{t: t}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.note(&b.served, r.URL.Path)
		w.Header().Set("Content-Type", "text/html")
		if r.URL.Path == "/report.html" {
			_, _ = w.Write(page.Bytes())
		}
	}))
	b.url = server.URL + "/report.html"

	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(browser), chromedp.DisableGPU)
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium's sandbox does not work for root
	}
	allocated, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocated)
	t.Cleanup(func() { cancel(); stop(); server.Close() })
	b.ctx = ctx
	if err := chromedp.Listen(ctx, b.event); err != nil {
		t.Fatalf("the browser %s does not start: %v", browser, err)
	}
	call(b, network.Enable, network.EnableParams{})
	call(b, log.Enable, cdp.Empty{})
	return b
}

func (b *tab) note(list *[]string, what string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	*list = append(*list, what)
}

func (b *tab) event(ev any) {
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		b.note(&b.requests, ev.Request.URL)
	case *log.EventEntryAdded:
		b.note(&b.messages, ev.Entry.Text)
	case *runtime.EventConsoleAPICalled:
		b.note(&b.messages, fmt.Sprintf("console.%s", ev.Type))
	case *runtime.EventExceptionThrown:
		b.note(&b.messages, ev.ExceptionDetails.Text)
	}
}

func (b *tab) check(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// call sends a command of the browser's protocol.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, command, params)
	b.check(err)
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	b.check(chromedp.Do(b.ctx, steps...))
}

// show loads the report at a size in CSS pixels.
func (b *tab) show(width, height int64) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, height), chromedp.Navigate(b.url))
}

// media sets what CSS media queries see.
func (b *tab) media(kind, scheme string) {
	b.t.Helper()
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: kind,
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
}

// eval returns the value of an expression of JavaScript.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// quiet fails the test if the page asked for anything but itself or complained.
func (b *tab) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.requests {
		if r != b.url {
			b.t.Errorf("the page asked for %s", r)
		}
	}
	if len(b.requests) == 0 {
		b.t.Error("no request was seen, not even for the page")
	}
	for _, path := range b.served {
		if path != "/report.html" && path != "/favicon.ico" { // the browser's own
			b.t.Errorf("the server was asked for %s", path)
		}
	}
	if len(b.messages) > 0 {
		b.t.Errorf("the page complained: %s", strings.Join(b.messages, "; "))
	}
}
