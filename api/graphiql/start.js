// Starts the editor. The token goes in the headers pane: {"Authorization": "Bearer TOKEN"}.
const fetcher = GraphiQL.createFetcher({ url: '/graphql' });
ReactDOM.createRoot(document.getElementById('editor')).render(
  React.createElement(GraphiQL, {
    fetcher,
    shouldPersistHeaders: false,
    defaultHeaders: '{\n  "Authorization": "Bearer paste-a-token-here"\n}',
    defaultQuery: [
      '# Put a token of accounts.json into the headers pane below.',
      '{',
      '  therapists(',
      '    where: { concern: "erectile-difficulty", jurisdiction: "CA", acceptingNew: true }',
      '    near: { postalCode: "94110", withinKm: 20 }',
      '    first: 5',
      '  ) {',
      '    totalCount',
      '    edges { distanceKm because node { name standing(jurisdiction: "CA") { verdict goodUntil } } }',
      '  }',
      '}',
      '',
    ].join('\n'),
  }),
);
