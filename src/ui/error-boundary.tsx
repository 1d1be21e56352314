import { Component, type ReactNode } from 'react';
import { Button } from './button.tsx';
import { Notice } from './notice.tsx';

interface Props {
  readonly children: ReactNode;
  /** A change of this value (a route) gives the content another try. */
  readonly resetKey: string;
}

interface State {
  readonly message: string | null;
  readonly resetKey: string;
}

/** A fault while drawing one page leaves the shell standing, says what happened and offers another try. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { message: null, resetKey: this.props.resetKey };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { message: error instanceof Error ? error.message : String(error) };
  }

  static getDerivedStateFromProps(props: Props, state: State): Partial<State> | null {
    return props.resetKey === state.resetKey ? null : { message: null, resetKey: props.resetKey };
  }

  override render(): ReactNode {
    if (this.state.message === null) return this.props.children;
    return (
      <Notice
        tone="bad"
        title="This page could not be drawn."
        actions={
          <>
            <Button size="small" onClick={() => this.setState({ message: null })}>
              Draw it again
            </Button>
            <Button size="small" onClick={() => window.location.reload()}>
              Load the page anew
            </Button>
          </>
        }
      >
        <p>{this.state.message}</p>
        <p>The numbers measured so far are kept until the page is loaded anew.</p>
      </Notice>
    );
  }
}
