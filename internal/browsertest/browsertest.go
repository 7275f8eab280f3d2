// Package browsertest shows pages in a real browser, for tests.
package browsertest

import (
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
)

// Tab is a browser tab that shows a page of a server and remembers what happened in it.
type Tab struct {
	T   *testing.T
	URL string // of the page

	ctx      context.Context
	mu       sync.Mutex
	requests []string // addresses the page asked for
	messages []string // what it wrote to the console, or broke
}

// find returns the path of a browser, or skips the test.
func find(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "headless_shell"} {
		// On Ubuntu the name may be there without the browser.
		if path, err := exec.LookPath(name); err == nil && exec.Command(path, "--version").Run() == nil {
			return path
		}
	}
	t.Skip("no browser here: install chromium (Debian, Ubuntu: apt-get install chromium)")
	return ""
}

// Open starts a browser for a page of a server, and shows nothing yet. Each test has its
// own.
func Open(t *testing.T, server http.Handler, page string) *Tab {
	t.Helper()
	browser, running := find(t), httptest.NewServer(server)
	b := &Tab{T: t, URL: running.URL + page}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(browser), chromedp.DisableGPU)
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium's sandbox does not work for root
	}
	allocated, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocated)
	t.Cleanup(func() { cancel(); stop(); running.Close() })
	b.ctx = ctx
	if err := chromedp.Listen(ctx, b.event); err != nil {
		t.Fatalf("the browser %s does not start: %v", browser, err)
	}
	call(b, network.Enable, network.EnableParams{})
	call(b, log.Enable, cdp.Empty{})
	return b
}

func (b *Tab) note(list *[]string, what string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	*list = append(*list, what)
}

func (b *Tab) event(ev any) {
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

func (b *Tab) check(err error) {
	b.T.Helper()
	if err != nil {
		b.T.Fatal(err)
	}
}

// call sends a command of the browser's protocol.
func call[P, R any](b *Tab, command cdp.Command[P, R], params P) {
	b.T.Helper()
	_, err := chromedp.Call(b.ctx, command, params)
	b.check(err)
}

// Do does things in the tab.
func (b *Tab) Do(steps ...chromedp.Action[chromedp.Void]) {
	b.T.Helper()
	b.check(chromedp.Do(b.ctx, steps...))
}

// Show loads the page at a size in CSS pixels.
func (b *Tab) Show(width, height int64) {
	b.T.Helper()
	b.Do(chromedp.EmulateViewport(width, height), chromedp.Navigate(b.URL))
}

// Media sets what CSS media queries see.
func (b *Tab) Media(kind, scheme string) {
	b.T.Helper()
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: kind,
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
}

// DisableScripts has the browser run no scripts.
func (b *Tab) DisableScripts() {
	b.T.Helper()
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// Eval returns the value of an expression of JavaScript.
func Eval[T any](b *Tab, expression string) T {
	b.T.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.T.Fatalf("%s: %v", expression, err)
	}
	return value
}

// Quiet fails the test if the page asked for anything but what is allowed, addresses on
// its server, beside itself, or complained.
func (b *Tab) Quiet(allowed ...string) {
	b.T.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	root := b.URL[:strings.LastIndex(b.URL, "/")]
	for _, r := range b.requests {
		path, here := strings.CutPrefix(r, root)
		if r != b.URL && !(here && slices.ContainsFunc(allowed, func(a string) bool { return strings.HasPrefix(path, a) })) {
			b.T.Errorf("the page asked for %s", r)
		}
	}
	if len(b.requests) == 0 {
		b.T.Error("no request was seen, not even for the page")
	}
	if len(b.messages) > 0 {
		b.T.Errorf("the page complained: %s", strings.Join(b.messages, "; "))
	}
}
