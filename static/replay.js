// a form whose login had ended goes on by itself once its own person is back
const form = document.getElementById('replay');
if ('auto' in form.dataset) HTMLFormElement.prototype.submit.call(form);
